"""Which states of the five regions go together. An order in which they do not is a bug of ours, never input."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import CardAt, Dispute, Funds, Stage


class Tangled(RuntimeError):  # noqa: N818 - it names what the order is
    """A decision would leave an order whose regions contradict each other. It is not to be stored."""


S, C, F, D = Stage, CardAt, Funds, Dispute

_NEVER_SENT = (C.HELD, C.SENDING, C.FREE)
_SENT: Final = frozenset(card for card in C if card not in _NEVER_SENT)

FUNDS: Final[Mapping[Stage, frozenset[enum.Enum]]] = {
    S.AWAITING_PAYMENT: frozenset((F.NONE,)),
    S.PAYMENT_PENDING: frozenset((F.PENDING,)),
    **{
        stage: frozenset((F.HELD,))
        for stage in (S.FUNDED, S.DELIVERING, S.DELIVERED, S.DISPUTED, S.CONFIRMED)
    },
    S.CONTESTED: frozenset((F.REVERSED,)),
    S.RELEASING: frozenset((F.RELEASING,)),
    S.REFUNDING: frozenset((F.REFUNDING,)),
    S.SPLITTING: frozenset((F.SPLIT_REFUNDING, F.SPLIT_RELEASING)),
    S.COMPLETED: frozenset((F.RELEASED, F.REVERSED)),
    S.REFUNDED: frozenset((F.REFUNDED,)),
    S.SPLIT: frozenset((F.SPLIT,)),
    S.CANCELLED: frozenset((F.NONE,)),
    S.REVERSED: frozenset((F.REVERSED,)),
}
"""Where the money can be, by stage."""

CARDS: Final[Mapping[Stage, frozenset[enum.Enum]]] = {
    S.AWAITING_PAYMENT: frozenset((C.HELD,)),
    S.PAYMENT_PENDING: frozenset((C.HELD,)),
    S.FUNDED: frozenset((C.HELD,)),
    S.DELIVERING: frozenset((C.SENDING,)),
    S.DELIVERED: frozenset((C.BUYERS,)),
    S.CONTESTED: _SENT | {C.SENDING, C.FREE},
    **dict.fromkeys((S.DISPUTED, S.CONFIRMED, S.RELEASING, S.SPLITTING, S.COMPLETED, S.SPLIT), _SENT),
    **{stage: _SENT | {C.FREE} for stage in (S.REFUNDING, S.REFUNDED)},
    S.CANCELLED: frozenset((C.FREE,)),
    S.REVERSED: _SENT | {C.SENDING, C.FREE},
}
"""Where the card can be, by stage."""

_OPEN: Final = frozenset((D.EVIDENCE, D.DECIDING, D.DECIDED, D.APPEALED, D.ESCALATED, D.FINAL))
_NOT_OPEN: Final = frozenset((D.NONE, D.CLOSED, D.FINAL))


def untangled(order: Order) -> None:
    """Raises `Tangled` if the regions contradict each other, or if nothing would ever move the order on."""
    for said, allowed in (
        (order.funds, FUNDS[order.stage]),
        (order.card, CARDS[order.stage]),
        (order.dispute, _OPEN if order.stage is S.DISPUTED else _NOT_OPEN),
    ):
        if said not in allowed:
            raise Tangled(f"order {order.id} is {order.stage.value}, but {said}")
    if not order.terminal and not order.deadlines:
        raise Tangled(f"order {order.id} is {order.stage.value} and waits for no time")
