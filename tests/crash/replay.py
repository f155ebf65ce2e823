"""The judge of every crash test: is each byte in a store what its entries lead to, and nothing else?

It replays all entries through the rules into plain dictionaries and compares every table with what came out. Half of a
batch, an entry without its card, an index row without its entry: none of it gets past.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cardtrail.ledger.admission import Admission
from cardtrail.ledger.apply import apply
from cardtrail.ledger.change import Change
from cardtrail.ledger.head import head_of
from cardtrail.ledger.intake import read_logged
from cardtrail.ledger.invariants import check_state
from cardtrail.ledger.state import State
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import EMPTY_ROOT, leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.register import Register
from cardtrail.node.directory import Directory
from cardtrail.node.recovery import read_head, recover
from cardtrail.node.store import Store, damaged_pages
from cardtrail.signing.notes import open_note
from cardtrail.signing.pool import VerifierPool
from cardtrail.wire.answers import Accepted
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.entries import ENTRY_CODEC


@dataclass(frozen=True, slots=True)
class Judged:
    """What a sound ledger holds: the answers to its commands by id, the log's root at every size, the checkpoints."""

    answers: dict[bytes, Accepted]
    roots: list[bytes]
    notes: dict[int, str]

    def extends(self, note: str, directory: Directory) -> bool:
        """Whether a checkpoint that somebody was shown is of this log's past."""
        seen = Checkpoint.parse(open_note(note, directory.vkey()))
        return seen.size < len(self.roots) and self.roots[seen.size] == seen.root


class _Replay:
    """The rules over the entries, with nothing of the store's but the entries."""

    def __init__(self) -> None:
        self.cards: dict[int, Card] = {}
        self.state = State(self.cards.get, Register())
        self.tree = LogTree()
        self.roots = [EMPTY_ROOT]
        self.answers: dict[bytes, Accepted] = {}
        self.before: list[tuple[Card, ...]] = []
        self.at_seal: dict[int, Card] = {}
        self._admission = Admission(VerifierPool(0))

    def take(self, index: int, entry: bytes, *, verify: bool) -> None:
        decoded = ENTRY_CODEC.decode(entry)
        if verify:
            (request,) = self._admission.begin([decoded.signed], self.state.network, read_logged).result()
        else:
            request = read_logged(decoded.signed, self.state.network)
        assert isinstance(request, tuple), f"entry {index}: {request}"
        draft = self.state.draft()
        change = apply(draft, request, decoded.time_ms)
        assert isinstance(change, Change), f"entry {index}: {change}"
        assert request.id not in self.answers, f"entry {index} repeats a command"
        self.answers[request.id] = Accepted(request.id, index, decoded.time_ms)
        self.before.append(tuple(card for card in change.before if card is not None))
        records = draft.records()
        self.cards.update(draft.changed)
        self.state = draft.settle(self.cards.get, records)
        self.tree.append(leaf_hash(entry))
        self.roots.append(self.tree.root())
        if self.state.sealed_size == index + 1:
            self.at_seal = dict(self.cards)


def judge(directory: Directory, *, verify: bool = False) -> Judged:
    """Raises AssertionError or StoreError unless the ledger is whole. `verify`: the signatures too.

    Opens the file for reading only, but SQLite may tidy up behind a crash: hand in a copy where that matters.
    """
    store = Store(directory.database, readonly=True)
    try:
        recovered, head = recover(store), read_head(store)
        replay = _Replay()
        for index, entry in store.entries(0, head.size):
            replay.take(index, entry, verify=verify)
        state = replay.state
        check_state(state, [replay.cards[serial] for serial in sorted(replay.cards)])
        assert head == head_of(state, head.height, replay.tree.root())
        assert list(store.card_records()) == [(s, encode(replay.cards[s])) for s in sorted(replay.cards)]
        assert [store.before(index) for index in range(head.size)] == replay.before
        rows = [(id_, answer.index) for id_, answer in replay.answers.items()]
        assert list(store.command_ids()) == rows
        assert all(store.index_of(id_) == index for id_, index in rows)
        assert list(store.tiles()) == sorted(replay.tree.take_full_tiles())
        assert {product.product: product for product in store.products()} == state.products
        assert {authority.role: authority for authority in store.authorities()} == state.authorities
        assert recovered.state.register.root == state.register.root
        assert recovered.state.unsealed == state.unsealed
        changed = {s: replay.at_seal.get(s) for s in replay.cards if replay.at_seal.get(s) != replay.cards[s]}
        assert recovered.as_sealed == changed
        notes = dict(store.checkpoints())
    finally:
        store.close()
    judged = Judged(replay.answers, replay.roots, notes)
    assert all(judged.extends(note, directory) for note in notes.values())
    return judged


def judge_copy(directory: Directory, aside: Path, *, verify: bool = False) -> Judged:
    """The same for a directory that is to be left exactly as a crash left it."""
    return judge(copy_files(directory, aside), verify=verify)


def copy_files(directory: Directory, target: Path) -> Directory:
    """The directory's files as they are now. The shared-memory index stays behind: a new start builds it anew."""
    (target / "keys").mkdir(parents=True)
    for file in sorted(directory.path.rglob("*")):
        if file.is_file() and not file.name.endswith("-shm"):
            copy = target / file.relative_to(directory.path)
            copy.write_bytes(file.read_bytes())
            copy.chmod(file.stat().st_mode)
    return Directory(target)


def assert_undamaged(directory: Directory) -> None:
    assert damaged_pages(directory.database) == []
