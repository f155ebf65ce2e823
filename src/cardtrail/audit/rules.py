"""The rules run again over a log's entries, in order, while worker processes verify the signatures ahead of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from cardtrail.audit.report import Flaw
from cardtrail.ledger.admission import Admission, Pending, Ticket, Verifier
from cardtrail.ledger.apply import apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.intake import Request, SignatureJob, read_logged
from cardtrail.ledger.invariants import InvariantBroken, check_state
from cardtrail.ledger.state import State
from cardtrail.merkle.register import Register
from cardtrail.wire.cards import CARD_CODEC, Card
from cardtrail.wire.codec import Malformed, NotCanonical
from cardtrail.wire.commands import KINDS, Seal, kind_of
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.reasons import Reason

IN_FLIGHT: Final = 2
"""Chunks being verified while one is applied: enough that no worker ever waits for us."""

SETTLE_ENTRIES: Final = 1000
SETTLE_CARDS: Final = 20_000

Taken = Callable[[int, Request, Change], None]
"""Told of every entry the rules took: index, request, change."""


class CardTable:
    """The present canonical record of every card, by serial. About 200 bytes a card."""

    def __init__(self) -> None:
        self._records: list[bytes] = []

    def __len__(self) -> int:
        return len(self._records)

    def card(self, serial: int) -> Card | None:
        """A card as it stands."""
        return CARD_CODEC.trusted(self._records[serial]) if serial < len(self._records) else None

    def records(self) -> Sequence[bytes]:
        """All records; the index is the serial."""
        return self._records

    def cards(self) -> Iterator[Card]:
        """All cards by serial."""
        return map(CARD_CODEC.trusted, self._records)

    def take(self, changed: dict[int, bytes]) -> None:
        """Replace and add records. New serials come in ascending order."""
        records = self._records
        for serial, record in changed.items():
            if serial < len(records):
                records[serial] = record
            else:
                records.append(record)


class _Chunk(NamedTuple):
    first: int
    times_ms: list[int]
    pending: Pending
    broken: Flaw | None


class RulesReplay:
    """Takes entries in order and stops at the first flaw.

    must_seal  log sizes that a checkpoint covers: their last entry must be a seal
    taken      told of every entry, for comparing a database with it
    """

    def __init__(
        self, verifier: Verifier, must_seal: frozenset[int] = frozenset(), taken: Taken | None = None
    ) -> None:
        self._verifier = _Counted(verifier)
        self._admission = Admission(self._verifier)
        self._waiting: deque[_Chunk] = deque()
        self._must_seal = must_seal
        self._taken = taken
        self._kinds: Counter[str] = Counter()
        self.cards: Final = CardTable()
        self.state = State(self.cards.card, Register())
        self.first_ms: int | None = None
        self.flaw: Flaw | None = None

    @property
    def signatures(self) -> int:
        """How many signatures were verified; a clearance's once, however many commands it covers."""
        return self._verifier.count

    def kinds(self) -> dict[str, int]:
        """Entries taken, by kind of command."""
        return {kind: self._kinds[kind] for kind in KINDS if kind in self._kinds}

    def feed(self, first: int, entries: Sequence[bytes]) -> None:
        """The next entries: their signatures begin to be verified, and earlier entries are applied."""
        if self.flaw is not None or not entries:
            return
        times_ms, raws, broken = [], [], None
        for place, data in enumerate(entries):
            try:
                entry = ENTRY_CODEC.decode(data)
            except (Malformed, NotCanonical) as error:
                broken = _flaw(first + place, f"the bytes are not an entry: {error}")
                break
            times_ms.append(entry.time_ms)
            raws.append(entry.signed)
        pending = self._admission.begin(raws, self.state.network, read_logged)
        self._waiting.append(_Chunk(first, times_ms, pending, broken))
        if len(self._waiting) > IN_FLIGHT:
            self._apply(self._waiting.popleft())

    def finish(self) -> None:
        """Apply what is still being verified."""
        while self._waiting:
            self._apply(self._waiting.popleft())

    def check_whole(self, on_card: Callable[[int], None]) -> Flaw | None:
        """The invariants over all cards at once. `on_card` is told the serial of each as its turn comes."""

        def cards() -> Iterator[Card]:
            for serial, card in enumerate(self.cards.cards()):
                on_card(serial)
                yield card

        try:
            check_state(self.state, cards())
        except InvariantBroken as error:
            return Flaw("the cards as a whole", None, str(error))
        return None

    def _apply(self, chunk: _Chunk) -> None:
        # The answers are fetched even after a flaw: tickets are to be redeemed in their order.
        requests = chunk.pending.result()
        if self.flaw is not None:
            return
        if self.first_ms is None and chunk.times_ms:
            self.first_ms = chunk.times_ms[0]
        draft, begun = self.state.draft(), chunk.first
        for index, (request, time_ms) in enumerate(zip(requests, chunk.times_ms, strict=True), chunk.first):
            flaw = self._apply_one(draft, index, request, time_ms)
            if flaw is not None:
                self.flaw = flaw
                return
            if draft.sealed or index - begun >= SETTLE_ENTRIES or len(draft.changed) > SETTLE_CARDS:
                draft, begun = self._settle(draft), index
        self._settle(draft)
        self.flaw = chunk.broken

    def _apply_one(self, draft: State, index: int, request: Request | Reason, time_ms: int) -> Flaw | None:
        if isinstance(request, Reason):
            return _flaw(index, f"it should have been refused: {request.code}. {request.value}")
        if time_ms < draft.time_ms:
            return _flaw(index, f"its time {time_ms} is before the entry before it, {draft.time_ms}")
        try:
            change = apply(draft, request, time_ms)
        except InvariantBroken as error:
            return _flaw(index, f"it breaks an invariant: {error}")
        if isinstance(change, Reason):
            return _flaw(index, f"it should have been refused: {change.code}. {change.value}")
        if index + 1 in self._must_seal and not isinstance(request.body, Seal):
            return _flaw(index, "a checkpoint ends with it, but it is not a seal")
        self._kinds[kind_of(request.body)] += 1
        if self._taken is not None:
            self._taken(index, request, change)
        return None

    def _settle(self, draft: State) -> State:
        """Make the draft the state, and begin the next draft on it."""
        records = draft.records()
        self.cards.take(records)
        self.state = draft.settle(self.cards.card, records)
        return self.state.draft()


class _Counted:
    """A verifier that counts what it is given."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self.count = 0

    def submit(self, jobs: Sequence[SignatureJob]) -> Ticket:
        self.count += len(jobs)
        return self._verifier.submit(jobs)


def _flaw(index: int, what: str) -> Flaw:
    return Flaw(f"entry {index}", index, what)
