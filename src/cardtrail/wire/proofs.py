"""What a node hands out so that nobody needs to trust it: card states with their proof, and the entries of a trail."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardtrail.wire.codec import Codec
from cardtrail.wire.record import Record
from cardtrail.wire.scalars import Count, Hash

Path = Annotated[tuple[Hash, ...], Meta(max_length=64)]


class CardState(Record):
    """A card's record, proved by the latest checkpoint.

    record       the card's canonical bytes as of the seal; a leaf of the register at its serial
    path         from that leaf to the register root that the seal states
    seal_index   where the seal stands in the log: it is the checkpoint's last entry
    seal_entry   the seal's entry bytes; a leaf of the log
    seal_path    from that leaf to the checkpoint's root
    checkpoint   the signed note
    """

    record: bytes
    path: Path
    seal_index: Count
    seal_entry: bytes
    seal_path: Path
    checkpoint: str


class IndexedEntry(Record):
    """An entry and its place in the log."""

    index: Count
    entry: bytes


CARD_STATE_CODEC: Codec[CardState] = Codec(CardState)
ENTRIES_CODEC: Codec[tuple[IndexedEntry, ...]] = Codec(tuple[IndexedEntry, ...])
