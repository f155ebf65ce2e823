"""Starting: read the store, and check what it says against what follows from its entries and cards.

This is the normal start, not a special one: after a crash there are simply entries behind the last seal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import apsw
import msgspec

from cardtrail.ledger.head import EMPTY_HEAD, HEAD_CODEC, HEAD_KEY, Head
from cardtrail.ledger.state import State
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.merkle.register import Register
from cardtrail.node.store import Store, StoreError, damaged_pages
from cardtrail.signing.notes import split_note
from cardtrail.wire.cards import Card
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC, Seal
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.signed import SIGNED_CODEC


@dataclass(slots=True)
class Recovered:
    """What a start found. `as_sealed`: cards, as the last seal states them, of the cards that changed since
    (none: new).
    """

    state: State
    tree: LogTree
    height: int
    as_sealed: dict[int, Card | None]


Progress = Callable[[int, int], None]
"""Called with the cards read so far and all there are, every `PROGRESS_CARDS`."""

PROGRESS_CARDS = 50_000


def recover(store: Store, on_progress: Progress | None = None) -> Recovered:
    """The present of a stored ledger. Raises `StoreError` naming the place where the store contradicts itself."""
    with _reading(store, "the head"):
        head = read_head(store)
    with _reading(store, "the entries"):
        counted, end = store.entry_count()
    if not counted == end == head.size:
        raise StoreError(
            f"the log says it has {head.size} entries, but {counted} are there and the last is {end - 1}"
        )
    with _reading(store, "the log's tiles and entries"):
        tree = load_tree(store, head.size)
    if tree.root() != head.root:
        raise StoreError(f"the tiles and entries do not give the log's root at {head.size} entries")
    with _reading(store, "the latest checkpoint"):
        _check_checkpoint(store, head)
    with _reading(store, f"entry {head.sealed_size - 1}, the last seal,"):
        seal = _read_seal(store, head)
    with _reading(store, f"what the entries from {head.sealed_size} on replaced"):
        as_sealed = _changed_since_seal(store, head)
    with _reading(store, "the cards"):
        register, unsealed = _build_register(store, head, seal, as_sealed, on_progress)
    if seal is not None and (seal.cards, seal.register_root) != (register.count, register.root):
        raise StoreError(
            f"the cards do not give the register root that the seal in entry {head.sealed_size - 1} states"
        )
    state = State(store.card, register, unsealed)
    state.network, state.size, state.sealed_size = head.network, head.size, head.sealed_size
    state.time_ms, state.card_count = head.time_ms, head.card_count
    state.totals = {totals.currency: totals for totals in head.totals}
    state.deposits = {deposit.currency: deposit for deposit in head.deposits}
    with _reading(store, "the products and authorities"):
        state.products = {product.product: product for product in store.products()}
        state.authorities = {authority.role: authority for authority in store.authorities()}
    return Recovered(state, tree, head.height, as_sealed)


@contextmanager
def _reading(store: Store, what: str) -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        pages = ", ".join(map(str, damaged_pages(store.path)))
        where = f"; damaged pages: {pages}" if pages else ""
        raise StoreError(f"{what} cannot be read from {store.path}: {error}{where}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreError(f"{what} cannot be understood: {error}") from error


def read_head(store: Store) -> Head:
    """Where the ledger stands, or the empty ledger's head."""
    data = store.meta(HEAD_KEY)
    return EMPTY_HEAD if data is None else HEAD_CODEC.decode(data)


def load_tree(store: Store, size: int) -> LogTree:
    """The log's tree at a size that the store reaches."""

    def read_tile(level: int, number: int, width: int) -> bytes:
        if width == TILE_WIDTH:
            data = store.tile(level, number)
            if data is None:
                raise StoreError(f"the tile {level}/{number} of the log is missing")
            return data
        first = number * TILE_WIDTH
        return b"".join(leaf_hash(entry) for _, entry in store.entries(first, first + width))

    return LogTree.load(size, read_tile)


def _check_checkpoint(store: Store, head: Head) -> None:
    latest = store.checkpoint()
    if latest is None:
        return
    size, note = latest
    if size > head.size:
        raise StoreError(f"a checkpoint over {size} entries was signed, but the log ends at {head.size}")
    checkpoint = Checkpoint.parse(split_note(note)[0])
    if (checkpoint.size, checkpoint.root) != (size, load_tree(store, size).root()):
        raise StoreError(
            f"the log does not give the root that was signed in the checkpoint over {size} entries"
        )


def _changed_since_seal(store: Store, head: Head) -> dict[int, Card | None]:
    before: dict[int, Card | None] = {}
    for index in range(head.sealed_size, head.size):
        for card in store.before(index):
            before.setdefault(card.serial, card)
    return before


def _build_register(
    store: Store,
    head: Head,
    seal: Seal | None,
    as_sealed: dict[int, Card | None],
    on_progress: Progress | None,
) -> tuple[Register, dict[int, bytes]]:
    sealed_count = 0 if seal is None else seal.cards
    unsealed: dict[int, bytes] = {}
    seen = 0

    def leaves() -> Iterator[bytes]:
        nonlocal seen
        for serial, record in store.card_records():
            if serial != seen:
                raise StoreError(f"card {seen} is missing")
            seen += 1
            if on_progress is not None and seen % PROGRESS_CARDS == 0:
                on_progress(seen, head.card_count)
            leaf = leaf_hash(record)
            sealed = as_sealed.get(serial)
            if serial >= sealed_count or sealed is not None:
                unsealed[serial] = leaf
            if serial < sealed_count:
                yield leaf if sealed is None else leaf_hash(encode(sealed))

    register = Register.build(leaves())
    if on_progress is not None and seen >= PROGRESS_CARDS:
        on_progress(seen, seen)
    if seen != head.card_count:
        raise StoreError(f"the ledger counts {head.card_count} cards, but {seen} are there")
    for serial in range(sealed_count, seen):
        as_sealed[serial] = None
    return register, unsealed


def _read_seal(store: Store, head: Head) -> Seal | None:
    if head.sealed_size == 0:
        return None
    entry = store.entry(head.sealed_size - 1)
    body = (
        None
        if entry is None
        else BODY_CODEC.decode(SIGNED_CODEC.decode(ENTRY_CODEC.decode(entry).signed).body)
    )
    if not isinstance(body, Seal):
        raise StoreError(f"entry {head.sealed_size - 1} should be the last seal, and is not")
    return body
