"""The engine: takes ordered batches with a given time, applies them, and answers with results and a state
root.

Applying writes nothing. Committing makes a batch durable and only then visible. Which commands come in which
batch, and when, is the orderer's business: here the embedded one, in a replicated ledger a consensus. Nothing
in here depends on which node it runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from cardtrail.ledger.admission import Admission, Pending, Verifier
from cardtrail.ledger.apply import MAX_LIFETIME_MS, apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.head import HEAD_KEY, head_of
from cardtrail.ledger.intake import Request, read_command, read_logged
from cardtrail.ledger.state import State
from cardtrail.ledger.transitions.sealing import make_seal
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.node.recovery import Progress, recover
from cardtrail.node.store import Store, Writes, encode_before
from cardtrail.wire.answers import Accepted, Answer, Refused
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import CardCommand, Seal
from cardtrail.wire.entries import ENTRY_CODEC, encode_entry
from cardtrail.wire.reasons import Reason
from cardtrail.wire.signed import Signed


@dataclass(frozen=True, slots=True)
class Batch:
    """What an orderer hands in: commands in their order, the time they are given, and the batch's place.

    height   dense from 1; a batch whose height the engine has passed already changes nothing
    seal     whether a seal is to follow the last command, so that a checkpoint can end with it
    """

    height: int
    time_ms: int
    commands: Pending
    seal: bool = False


@dataclass(slots=True)
class Applied:
    """A batch that was applied and waits to be committed, or to be dropped.

    answers      one for each command, in order; none at all for a height that had passed
    state_root   root of the log after the batch: the log determines the state, and its seals state the
    register's root
    """

    answers: list[Answer]
    state_root: bytes
    height: int
    draft: State
    tree: LogTree
    writes: Writes = field(default_factory=Writes)
    before: dict[int, Card | None] = field(default_factory=dict)


class Engine:
    """One ledger's state in memory over its store. Batches come from one thread; `sealed_card` may be asked
    from another.
    """

    def __init__(self, store: Store, verifier: Verifier, on_progress: Progress | None = None) -> None:
        recovered = recover(store, on_progress)
        self._store = store
        self._admission = Admission(verifier)
        self._lock = Lock()
        self._as_sealed = recovered.as_sealed
        self.state: State = recovered.state
        self.tree: LogTree = recovered.tree
        self.height: int = recovered.height

    def prepare(self, commands: Sequence[bytes]) -> Pending:
        """Read commands and begin to verify their signatures, while earlier batches are still under way."""
        return self._admission.begin(commands, self.state.network, read_command)

    def apply(self, batch: Batch) -> Applied:
        """Apply a batch to a draft. Nothing is written, and nothing of this engine changes until `commit`.

        A height that has passed is told the present root and height, and gives no answers: they were given when
        it came, and a refusal cannot be told again, for what it was about has changed since.
        Raises `ValueError` if the batch is not the next one.
        """
        requests = batch.commands.result()
        if batch.height <= self.height:
            return Applied([], self.tree.root(), batch.height, self.state, self.tree)
        if batch.height != self.height + 1:
            raise ValueError(f"batch {batch.height} does not follow batch {self.height}")
        work = _Work(self.state, self.tree, batch.time_ms, self._fetch(requests))
        answers = [self._answer(work, request) for request in requests]
        if batch.seal and work.needs_seal():
            work.seal()
        return work.finish(answers, batch.height)

    def commit(self, applied: Applied) -> None:
        """Make an applied batch durable, then make it the present.

        If we crash before the store's commit, the batch is absent and its commands are unanswered; after it,
        the batch is present and the next start begins behind it. If this raises, the engine must not be used
        any more."""
        if applied.height <= self.height:
            return
        with self._lock:
            for serial, card in applied.before.items():
                self._as_sealed.setdefault(serial, card)
        self._store.commit(applied.writes)
        with self._lock:
            sealed = applied.draft.sealed
            self.state = applied.draft.settle(self._store.card, dict(applied.writes.cards))
            self.tree = applied.tree
            self.height = applied.height
            if sealed:
                self._as_sealed.clear()

    def sealed_card(self, serial: int, reader: Store) -> tuple[bytes, list[bytes], int] | None:
        """A card's record as the last seal states it, its path to the register's root, and the log's size
        with that seal.

        None if the card is younger than the seal. `reader` is the asking thread's own view of the store.
        """
        with self._lock:
            if serial >= self.state.register.count:
                return None
            card = self._as_sealed.get(serial)
            record = reader.card_record(serial) if card is None else encode(card)
            if record is None:
                raise RuntimeError(f"card {serial} is in the register but not in the store")
            return record, self.state.register.path(serial), self.state.sealed_size

    def _fetch(self, requests: list[Request | Reason]) -> dict[int, Card]:
        """The cards that commands name, all at once: one by one costs three times as much."""
        named = [
            r.body.serial for r in requests if isinstance(r, Request) and isinstance(r.body, CardCommand)
        ]
        return self._store.cards(named)

    def _answer(self, work: _Work, request: Request | Reason) -> Answer:
        if isinstance(request, Reason):
            return Refused(None, request.code)
        change = apply(work.draft, request, work.now_ms)
        if isinstance(change, Change):
            return work.accept(request, change)
        # The rules never take a command twice, for its version or sequence is spent: a repeat is always refused.
        return work.accepted.get(request.id) or self._recall(request) or Refused(request.id, change.code)

    def _recall(self, request: Request) -> Accepted | None:
        body = request.body
        since_ms = 0 if isinstance(body, Seal) else body.not_after_ms - MAX_LIFETIME_MS
        index = self._store.index_of(request.id, since_ms)
        entry = None if index is None else self._store.entry(index)
        if index is None or entry is None:
            return None
        return Accepted(request.id, index, ENTRY_CODEC.trusted(entry).time_ms)


class _Work:
    """A batch being applied: the draft, the growing log, and what is to be written."""

    def __init__(self, state: State, tree: LogTree, time_ms: int, cards: dict[int, Card]) -> None:
        self.draft = state.draft(cards)
        self.now_ms = max(time_ms, state.time_ms)
        self.accepted: dict[bytes, Accepted] = {}
        self._state = state
        self._tree = tree.copy()
        self._leaves: list[bytes] = []
        self._writes = Writes()
        self._before: dict[int, Card | None] = {}

    def accept(self, request: Request, change: Change) -> Accepted:
        index = self.draft.size - 1
        entry = encode_entry(self.now_ms, request.raw)
        self._leaves.append(leaf_hash(entry))
        self._writes.entries.append((index, entry, encode_before(change.before)))
        self._writes.commands.append((request.id, index))
        for before, after in zip(change.before, change.after, strict=True):
            self._before.setdefault(after.serial, before)
        if change.product is not None:
            self._writes.products.append(change.product)
        answer = self.accepted[request.id] = Accepted(request.id, index, self.now_ms)
        return answer

    def needs_seal(self) -> bool:
        """Whether anything came after the last seal."""
        return self.draft.network is not None and self.draft.size > self.draft.sealed_size

    def seal(self) -> None:
        raw = encode(Signed(encode(make_seal(self.draft)), (), None))
        request = read_logged(raw, self.draft.network)
        if isinstance(request, Reason):
            raise RuntimeError(f"our own seal is not well formed: {request.code}")
        change = apply(self.draft, request, self.now_ms)
        if isinstance(change, Reason):
            raise RuntimeError(f"our own seal was refused: {change.code}")
        self.accept(request, change)

    def finish(self, answers: list[Answer], height: int) -> Applied:
        draft, writes = self.draft, self._writes
        self._tree.extend(self._leaves)
        writes.cards = list(draft.records().items())
        writes.tiles = self._tree.take_full_tiles()
        old = self._state.authorities
        writes.authorities = [now for role, now in draft.authorities.items() if old.get(role) is not now]
        root = self._tree.root()
        writes.meta[HEAD_KEY] = encode(head_of(draft, height, root))
        return Applied(answers, root, height, draft, self._tree, writes, self._before)
