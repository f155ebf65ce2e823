"""One walk over everything that can happen to an order, for all tests that look at it: it takes seconds."""

from __future__ import annotations

import enum
from collections.abc import Hashable
from functools import cache
from typing import Any, NamedTuple

from cardtrail.deals.order_state import Order
from cardtrail.deals.order_table import REGION
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Stage
from cardtrail.deals.rows import Trigger
from cardtrail.deals.walk import Step, opened, steps

_FIELDS = {Stage: "stage", CardAt: "card", Funds: "funds", Dispute: "dispute", Gate: "gate"}


class Walked(NamedTuple):
    """What the walk has come upon.

    pairs       every state with every trigger that met it
    moved_ends  ends that something left: there must be none
    orders      one order of each sort that can come about
    """

    pairs: set[tuple[enum.Enum | None, Trigger]]
    moved_ends: list[tuple[Stage, Any, Stage]]
    orders: list[Order]
    count: int


@cache
def walked() -> Walked:
    """The walk, once in a process."""
    first = opened()
    pairs, moved_ends, orders, count = set(), [], {_sort(first): first}, 0
    for step in steps(first):
        count += 1
        before, after = step.before, step.after
        pairs.add((_state(step), step.trigger))
        if after is not before:
            orders.setdefault(_sort(after), after)
        if before.terminal and after.stage is not before.stage:
            moved_ends.append((before.stage, step.event, after.stage))
    return Walked(pairs, moved_ends, list(orders.values()), count)


def _sort(order: Order) -> Hashable:
    return order.stage, order.dispute, order.gate, order.funds, order.card, order.card_used


def _state(step: Step) -> enum.Enum | None:
    """The state that the step's trigger met."""
    before = step.before
    id = getattr(step.event, "payment_id", None)
    if id is not None:
        for each in before.strays:
            if each.payment.id == id:
                return each.at
        if before.payment is None or before.payment.id != id:
            return None
    return getattr(before, _FIELDS[REGION[step.trigger]])
