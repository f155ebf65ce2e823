"""No test in here reaches another machine: the attempt itself is a failure."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from tests.payments.worlds import Shop, World


class LeftTheMachine(AssertionError):  # noqa: N818 - it names what happened
    """A socket was about to be connected to somewhere else."""


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _nothing_leaves_the_machine(monkeypatch):
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self, address):
        if self.family != socket.AF_UNIX and not _loopback(address[0]):
            raise LeftTheMachine(f"connecting to {address[0]}")
        return connect(self, address)

    def guarded_look_up(host, *arguments, **options):
        if host is not None and not _loopback(host if isinstance(host, str) else host.decode()):
            raise LeftTheMachine(f"looking up {host}")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A sandbox that runs as its own process, and a shop that takes its notifications."""
    with Shop() as shop, World(tmp_path_factory.mktemp("sandbox") / "home", shop) as running:
        yield running
