"""The one connection to the ledger: a client with the log's key pinned, and the keys of the authorities we act for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from cardtrail.client.client import Client
from cardtrail.client.errors import NodeUnavailable
from cardtrail.client.exchange import Patience
from cardtrail.client.memory import Memory
from cardtrail.client.transport import HttpTransport
from cardtrail.signing.keyfile import KeyFileError, read_key
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import VerifierKey
from cardtrail.wire.roles import Role

LedgerAway = NodeUnavailable
"""The node does not answer. Nothing is lost by it: what was confirmed waits."""

_BRIEF = Patience(attempts=3, most_s=0.3, total_s=4.0)
"""A page does not wait long; the worker tries again."""


class NoAuthority(LookupError):  # noqa: N818 - it names what is missing
    """We do not keep this role's key: somebody else acts for it."""


class Link:
    """How this process reaches the ledger. May be used from many threads.

    client    with the log's verifier key pinned
    keys      directory with the authorities' secret keys
    """

    def __init__(self, client: Client, keys: Path) -> None:
        self.client = client
        self._keys = keys
        self._network: bytes | None = None

    @property
    def network(self) -> bytes:
        """What every command carries. Raises `LedgerAway`, or `LookupError` before the ledger was founded."""
        if self._network is None:
            network = self.client.ledger().network
            if network is None:
                raise LookupError("the ledger has no first entry yet; the first-run page founds it")
            self._network = network
        return self._network

    def authority(self, role: Role) -> SecretKey:
        """A role's key, read anew each time and not kept. Raises `NoAuthority`."""
        try:
            return read_key(self.key_path(role))
        except KeyFileError as error:
            raise NoAuthority(str(error)) from None

    def key_path(self, role: Role) -> Path:
        """Where a role's key lies if we keep it."""
        return self._keys / f"{role.name.lower()}.key"


_link: Link | None = None
_lock = threading.Lock()


def link() -> Link:
    """This process's link, made at the first use. Raises `LedgerAway` if the log's key is not there yet."""
    global _link  # noqa: PLW0603 - one link for each process
    with _lock:
        if _link is None:
            config = settings.CONFIG
            try:
                vkey = VerifierKey.parse(config.vkey.read_text(encoding="ascii").strip())
            except FileNotFoundError:
                raise LedgerAway(f"there is no verifier key at {config.vkey}") from None
            memory = Memory(vkey, config.directory / "checkpoint.seen")
            transport = HttpTransport(config.node, connect_s=1.0, read_s=10.0, total_s=20.0)
            _link = Link(Client(transport, memory=memory, patience=_BRIEF), config.authority_keys)
        return _link


@contextmanager
def linked(other: Link) -> Iterator[Link]:
    """Use another link for a while: a second ledger, a client that is closer by."""
    global _link  # noqa: PLW0603 - one link for each process
    with _lock:
        before, _link = _link, other
    try:
        yield other
    finally:
        with _lock:
            _link = before


def client() -> Client:
    """The client. Its questions may raise `LedgerAway`."""
    return link().client


def network() -> bytes:
    """What every command carries. Raises `LedgerAway`."""
    return link().network


def authority(role: Role) -> SecretKey:
    """A role's key. Raises `NoAuthority`."""
    return link().authority(role)
