"""Nodes in processes of their own, and clients that talk plain HTTP to them."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from cardtrail.node.directory import Directory
from cardtrail.node.service import system_clock
from cardtrail.wire.answers import ANSWERS_CODEC, Answer, Refused
from cardtrail.wire.codec import encode
from tests.architecture.modules import ROOT
from tests.node.ledgers import PATIENCE_S, Recorder

MSGPACK = "application/msgpack"


@dataclass
class NodeProcess:
    """A running node. Leaving the context ends it, if nothing else has."""

    directory: Directory
    settings: dict[str, int] = field(default_factory=dict)
    url: str = ""

    def __enter__(self) -> NodeProcess:
        numbers = [f"{name}={number}" for name, number in ({"workers": 0} | self.settings).items()]
        command = [sys.executable, "-m", "tests.concurrency.serve_node", str(self.directory.path), *numbers]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def client(self) -> Client:
        return Client(http.client.HTTPConnection(*self.address, timeout=PATIENCE_S))

    def wait(self) -> tuple[int, str]:
        """The exit status and what was said on the way, once the process has ended."""
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        return self.wait()


@dataclass
class Client:
    """One connection."""

    connection: http.client.HTTPConnection

    def post(self, *commands: bytes, path: str = "/v1/commands") -> tuple[int, list[Answer]]:
        """The status and the answers; none but a refusal's where it is a problem."""
        headers = {"content-type": MSGPACK, "accept": MSGPACK}
        self.connection.request("POST", path, encode(commands), headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status == 200:
            return 200, list(ANSWERS_CODEC.decode(body))
        problem = json.loads(body)
        return response.status, [Refused(None, problem["reason"])]

    def json(self, path: str) -> Any:
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return json.loads(body)


def founded_now(cards: int) -> Recorder:
    """A world of today with ann's active cards: a process has no clock that a test could set."""
    world = Recorder.open(now_ms=system_clock())
    world.define()
    first = world.issue(owners=["ann"] * cards)
    world.ok("activate", first_serial=first, count=cards)
    return world


def new_node(path: Path, **settings: int) -> NodeProcess:
    return NodeProcess(Directory.create(path, "cardtrail.test/ledger"), settings)
