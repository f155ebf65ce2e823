"""A ledger with many cards whose keys the bench knows, and transfers of them signed beforehand.

Keys follow from a card's serial and from how often it changed hands, so that a ledger prepared once can be used again
without a file of keys. They are nobody's secret and worth nothing.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from cardtrail.cli.benching.figures import BenchError
from cardtrail.cli.benching.progress import Advance, progress
from cardtrail.client.build import sign
from cardtrail.node.directory import Directory
from cardtrail.node.recovery import read_head
from cardtrail.node.service import Node, Options, system_clock
from cardtrail.node.store import Store
from cardtrail.signing.keyfile import read_key
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.answers import Accepted, Answer
from cardtrail.wire.cards import Status
from cardtrail.wire.commands import Activate, Appoint, Command, Define, Issue, Transfer
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import MAX_CARDS_PER_COMMAND, NETWORK_BYTES

ORIGIN = "cardtrail.local/bench"
FACE_MINOR = 10_000
MOST_KEYS = 100_000
"""Cards with keys of ours, at most. A key takes as long to make as a signature; in a larger ledger the others, evenly
between them, have owners of random bytes."""

_LIFETIME_MS = 24 * 3600 * 1000
_NOTES = "bench.json"
_IN_FLIGHT = 6
_SHOWN = 1000
_TERMS = Terms(
    currency="CNY",
    faces=(FACE_MINOR,),
    face_limit_minor=FACE_MINOR,
    named=True,
    transferable=Transferable.SALE,
    cooling_off_ms=0,
    resale_cap_bp=10_000,
    max_hops=2**32,
    clearance=(),
    split=False,
    merge=False,
    validity_ms=None,
    hold_limit_ms=_LIFETIME_MS,
    rebind_delay_ms=_LIFETIME_MS,
)


@dataclass(frozen=True, slots=True)
class Stock:
    """A prepared ledger: every `stride`-th of its `cards` active cards is owned by a key of ours."""

    directory: Directory
    network: bytes
    cards: int
    stride: int

    def owned(self) -> range:
        """The serials of our cards."""
        return range(0, self.cards, self.stride)

    def transfers(self, count: int, streams: int = 1) -> list[list[bytes]]:
        """Signed transfers of random cards of ours, `count` in all, to be sent in this order within each stream.

        No card is in two streams, so streams may be sent side by side. They hold from the ledger as it now is.
        """
        owned, hops = self.owned(), dict[int, int]()
        signed: list[list[bytes]] = [[] for _ in range(streams)]
        with (
            contextlib.closing(Store(self.directory.database, readonly=True)) as store,
            progress("signing transfers", count) as advance,
        ):
            # Other cards each time, for those of last time may be in memory still; and the same for the same log.
            random = Random(read_head(store).size)  # noqa: S311 - which card moves is no secret.
            for done in range(1, count + 1):
                place = random.randrange(len(owned))
                serial = owned[place]
                if serial not in hops:
                    hops[serial] = _hop(store, serial)
                signed[place % streams].append(self._transfer(serial, hops[serial]))
                hops[serial] += 1
                if done % _SHOWN == 0:
                    advance(_SHOWN)
        return signed

    def _transfer(self, serial: int, hop: int) -> bytes:
        now = key_of(serial, hop)
        until_ms = system_clock() + _LIFETIME_MS
        # A card's version is one more than its hop: being activated is a change, too.
        body = Transfer(self.network, until_ms, serial, hop + 1, key_of(serial, hop + 1).public, now.public)
        return sign(body, now).raw


def key_of(serial: int, hop: int) -> SecretKey:
    """The key that owns a card of ours after it changed hands so often."""
    return SecretKey(sha256(b"cardtrail bench %d %d" % (serial, hop)).digest())


def prepare(path: Path, cards: int) -> Stock:
    """A ledger in this directory with at least so many active cards: made, completed or taken as it is."""
    directory = Directory(path)
    if not directory.database.exists():
        Directory.create(path, ORIGIN)
    notes = path / _NOTES
    if not notes.exists():
        notes.write_text(json.dumps({"stride": -(-cards // MOST_KEYS)}) + "\n", encoding="utf-8")
    stride = int(json.loads(notes.read_text(encoding="utf-8"))["stride"])
    issuer = read_key(directory.role_key(Role.ISSUER))
    if not _complete(directory, cards):
        with Node(directory, Options(batch_limit=_IN_FLIGHT // 2)) as node:
            _Builder(node, issuer, stride).build(cards)
    with contextlib.closing(Store(directory.database, readonly=True)) as store:
        head = read_head(store)
    if head.network is None:
        raise BenchError(f"the ledger in {path} has no first entry")
    return Stock(directory, head.network, head.card_count, stride)


def accepted(answers: Sequence[Answer]) -> int:
    """How many there are. Raises `BenchError` unless every command was accepted: refusing is other, cheaper work."""
    for answer in answers:
        if not isinstance(answer, Accepted):
            raise BenchError(f"a command that should have been accepted was refused: {answer.code}")
    return len(answers)


class _Builder:
    """Brings a ledger to the wanted number of cards through its engine, as an issuer would."""

    def __init__(self, node: Node, issuer: SecretKey, stride: int) -> None:
        self._node = node
        self._issuer = issuer
        self._stride = stride
        self._network = node.engine.state.network or secrets.token_bytes(NETWORK_BYTES)
        self._flight: deque[tuple[Future[list[Answer]], int]] = deque()

    def build(self, cards: int) -> None:
        state = self._node.engine.state
        if state.network is None:
            until_ms = system_clock() + _LIFETIME_MS
            self._send(
                Appoint(self._network, until_ms, Role.ISSUER, 0, Role.ISSUER, (self._issuer.public,), 1)
            )
            self._send(Define(self._network, until_ms, 1, 0, "Bench", _TERMS))
            self._drain(0)
            state = self._node.engine.state
        with progress("issuing and activating cards", cards - state.card_count) as advance:
            for command in self._commands(cards):
                self._send(command, command.count if isinstance(command, Activate) else 0)
                self._drain(_IN_FLIGHT, advance)
            self._drain(0, advance)

    def _commands(self, cards: int) -> Iterator[Command]:
        state = self._node.engine.state
        sequence, first = state.authorities[Role.ISSUER].sequence, state.card_count
        until_ms = system_clock() + _LIFETIME_MS
        inactive = first
        while inactive and (card := state.card(inactive - 1)) and card.status is Status.INACTIVE:
            inactive -= 1
        if inactive < first:
            # Whoever built this before was interrupted between the two commands.
            yield Activate(self._network, until_ms, sequence, inactive, first - inactive)
            sequence += 1
        while first < cards:
            count = min(MAX_CARDS_PER_COMMAND, cards - first)
            owners = tuple(self._owner(serial) for serial in range(first, first + count))
            yield Issue(self._network, until_ms, sequence, 0, FACE_MINOR, first, owners)
            yield Activate(self._network, until_ms, sequence + 1, first, count)
            sequence, first = sequence + 2, first + count

    def _owner(self, serial: int) -> bytes:
        if serial % self._stride == 0:
            return key_of(serial, 0).public
        # 248 random bits and a zero: in range, and of small order with a chance of one in 2**245.
        return secrets.token_bytes(31) + b"\x00"

    def _send(self, command: Command, cards: int = 0) -> None:
        raw = sign(command, self._issuer).raw  # type: ignore[arg-type]
        self._flight.append((self._node.submit([raw]), cards))

    def _drain(self, most: int, advance: Advance | None = None) -> None:
        while len(self._flight) > most:
            answers, cards = self._flight.popleft()
            accepted(answers.result())
            if advance is not None and cards:
                advance(cards)


def _complete(directory: Directory, cards: int) -> bool:
    with contextlib.closing(Store(directory.database, readonly=True)) as store:
        count = read_head(store).card_count
        last = store.card(count - 1) if count else None
    return count >= cards and last is not None and last.status is not Status.INACTIVE


def _hop(store: Store, serial: int) -> int:
    card = store.card(serial)
    if card is None or card.status is not Status.ACTIVE:
        raise BenchError(f"card {serial} is not an active card of the bench's; give another --dir")
    return card.hop
