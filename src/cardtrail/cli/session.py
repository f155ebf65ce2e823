"""A ledger that can be asked, whether it was named by its directory or by its node's address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardtrail.cli import out
from cardtrail.cli.failures import Failure, Misuse, RefusedByLedger
from cardtrail.cli.outputs import RECEIPT_FILE

if TYPE_CHECKING:
    from cardtrail.client.build import SignedCommand
    from cardtrail.client.client import Client
    from cardtrail.client.info import LedgerInfo
    from cardtrail.node.service import Node
    from cardtrail.signing.notes import VerifierKey
    from cardtrail.wire.answers import Accepted
    from cardtrail.wire.cards import Card
    from cardtrail.wire.products import Product

COMMAND_LIFETIME_MS = 10 * 60_000
"""How long a command that is sent at once may wait to take effect."""

LOCK_PATIENCE_S = 5.0
"""Another verb that works in the same directory is done in a moment; this long it is waited for."""

_LOCK_PAUSE_S = 0.1


def wall_clock() -> int:
    """Milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000


class Session:
    """A client of one ledger, and the few things that every verb wants to know.

    path    the ledger's directory, where it was named by that
    pinned  whether the log's key came from a file, and not from the node that is to be checked with it
    """

    def __init__(
        self,
        client: Client,
        *,
        path: Path | None = None,
        pinned: bool = True,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self.client = client
        self.path = path
        self.pinned = pinned
        self.clock = clock
        self._info: LedgerInfo | None = None

    @property
    def info(self) -> LedgerInfo:
        """The ledger at a glance, as of the first time it was asked for."""
        return self._info or self.refresh()

    def refresh(self) -> LedgerInfo:
        """The ledger at a glance, asked anew."""
        self._info = self.client.ledger()
        return self._info

    @property
    def network(self) -> bytes:
        """What the ledger's commands carry."""
        network = self.info.network
        if network is None:
            raise Failure(
                "the ledger has no entry yet, so nothing can be done on it; make it with `cardtrail init`"
            )
        return network

    def ends_ms(self) -> int:
        """When a command signed now is void. Counted from the later of our clock and the ledger's."""
        return max(self.clock(), self.info.time_ms) + COMMAND_LIFETIME_MS

    def card(self, serial: int) -> Card:
        """A card as it stands. Raises `Failure` if there is none."""
        from cardtrail.client.errors import NotFound

        try:
            return self.client.card(serial)
        except NotFound:
            raise Failure(
                f"there is no card {serial} on this ledger, which has {self.info.cards:,}"
            ) from None

    def product(self, card: Card) -> Product:
        """The product a card is of."""
        return self.info.product(card.product)

    def submit(self, command: SignedCommand) -> Accepted:
        """Send a command. Raises `RefusedByLedger`."""
        return self.check(self.client.submit(command))

    @staticmethod
    def check(answer: object) -> Accepted:
        """An answer that must be a yes. Raises `RefusedByLedger`."""
        from cardtrail.wire.answers import Accepted, Refused

        if isinstance(answer, Refused):
            raise RefusedByLedger(answer.code, reason_text(answer), answer.id)
        if not isinstance(answer, Accepted):
            raise TypeError(f"{answer!r} is no answer")
        return answer

    def save_receipt(self, answer: Accepted, file: Path) -> None:
        """Wait for the checkpoint that covers an entry and keep the receipt."""
        RECEIPT_FILE.write(file, self.client.receipt_text(answer.index, wait=True))


def reason_text(answer: object) -> str:
    """A refusal's sentence, also for a code that only a newer program knows."""
    from cardtrail.wire.answers import Refused

    if not isinstance(answer, Refused):
        return ""
    try:
        return answer.reason.value
    except KeyError:
        return "the ledger gave a reason that this version does not know"


def is_address(where: str) -> bool:
    """Whether a ledger was named by its node's address."""
    return where.startswith(("http://", "https://"))


def ledger_directory(where: str | Path) -> Path:
    """A directory that holds a ledger. Raises `click.BadParameter` saying how to get one."""
    path = Path(where)
    if not (path / "ledger.db").exists():
        raise click.BadParameter(f"there is no ledger at {path}; make one with: cardtrail init {path}")
    return path


def read_vkey_file(file: Path) -> VerifierKey:
    """The verifier key in a file. Raises `Misuse`."""
    from cardtrail.audit.source import read_vkey
    from cardtrail.signing.notes import NoteError

    try:
        return read_vkey(file.read_bytes())
    except (OSError, NoteError) as error:
        raise Misuse(f"{file} does not hold a log's verifier key: {error}") from None


@contextmanager
def open_session(where: str, *, vkey_file: Path | None = None) -> Iterator[Session]:
    """The ledger that a person named. A directory whose node is running is reached through that node."""
    from cardtrail.node.directory import DirectoryBusy

    vkey = None if vkey_file is None else read_vkey_file(vkey_file)
    if is_address(where):
        yield _over_http(where, vkey, None)
        return
    path = ledger_directory(where)
    try:
        node = open_node(path)
    except DirectoryBusy as busy:
        if not busy.url:
            raise
        yield _over_http(busy.url, vkey or read_vkey_file(path / "log.vkey"), path)
        return
    with node, embedded(node, vkey) as session:
        yield session


def open_node(path: Path) -> Node:
    """The ledger in a directory, in this process. Waits a little for another verb to finish. Raises `DirectoryBusy`."""
    from cardtrail.node.directory import Directory, DirectoryBusy
    from cardtrail.node.service import Node, Options

    # One command is verified sooner here than by a worker process that has to be started for it.
    options = Options(workers=0, on_start=out.bar_on_demand(out.STARTING))
    end_s = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            return Node(Directory(path), options)
        except DirectoryBusy as busy:
            if busy.url or time.monotonic() > end_s:
                raise
        time.sleep(_LOCK_PAUSE_S)


@contextmanager
def embedded(
    node: Node, vkey: VerifierKey | None = None, clock: Callable[[], int] = wall_clock
) -> Iterator[Session]:
    """A session with a node in this process."""
    from cardtrail.client.client import Client
    from cardtrail.node.embedded import EmbeddedTransport

    with EmbeddedTransport(node) as transport:
        client = Client(transport, vkey or node.directory.vkey())
        yield Session(client, path=node.directory.path, clock=clock)


def _over_http(url: str, vkey: VerifierKey | None, path: Path | None) -> Session:
    from cardtrail.client.client import Client
    from cardtrail.client.exchange import Patience
    from cardtrail.client.transport import HttpTransport

    try:
        transport = HttpTransport(url)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    patience = Patience(attempts=5, total_s=10.0)
    if vkey is not None:
        return Session(Client(transport, vkey, patience=patience), path=path)
    # Trusted once, at first sight: whoever minds brings the key along with --vkey.
    shown = Client(transport, patience=patience).ledger().vkey
    return Session(Client(transport, shown, patience=patience), pinned=False)


def submit_all(session: Session, commands: Sequence[SignedCommand]) -> list[Accepted]:
    """Send several commands that build on each other. Raises `RefusedByLedger` at the first no."""
    return [session.check(answer) for answer in session.client.submit_many(commands)]
