"""The small values that every batch writes: where the ledger stands."""

from __future__ import annotations

from cardtrail.ledger.state import Deposit, State
from cardtrail.merkle.hashing import EMPTY_ROOT
from cardtrail.wire.codec import Codec
from cardtrail.wire.money import Totals
from cardtrail.wire.record import Record
from cardtrail.wire.scalars import Count, Hash, Millis, Network

HEAD_KEY = "head"


class Head(Record):
    """The ledger after a batch: what a start-up reads first and then checks against everything else.

    height   the batch's place in the orderer's order
    root     of the log over all `size` entries
    """

    size: Count
    sealed_size: Count
    height: Count
    time_ms: Millis
    card_count: Count
    network: Network | None
    root: Hash
    totals: tuple[Totals, ...]
    deposits: tuple[Deposit, ...]


HEAD_CODEC: Codec[Head] = Codec(Head)

EMPTY_HEAD = Head(0, 0, 0, 0, 0, None, EMPTY_ROOT, (), ())
"""Where a ledger without an entry stands."""


def head_of(state: State, height: int, root: bytes) -> Head:
    """The head that describes a state."""
    return Head(
        size=state.size,
        sealed_size=state.sealed_size,
        height=height,
        time_ms=state.time_ms,
        card_count=state.card_count,
        network=state.network,
        root=root,
        totals=tuple(state.totals[currency] for currency in sorted(state.totals)),
        deposits=tuple(state.deposits[currency] for currency in sorted(state.deposits)),
    )
