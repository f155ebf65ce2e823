"""The order machine: `decide(order, event, now_ms)`.

The table (`order_table`) says what each trigger does in each state of its region; this file looks it up. Before an
event is looked at, every deadline of the order that is over takes effect, the earliest first. So it makes no
difference how late a timer fires, and whoever acts one millisecond too late finds the order as it was by then. The
time of a decision never lies before that of the one before it, whatever a clock says."""

from __future__ import annotations

import enum

from msgspec.structs import replace

from cardtrail.deals.codes import Code, Refused
from cardtrail.deals.deadlines import Timer, next_due, started, without
from cardtrail.deals.decided import Decided
from cardtrail.deals.draft import Draft
from cardtrail.deals.effects import AnyEffect, CreatePayment
from cardtrail.deals.events import (
    ByPerson,
    ChargebackEnded,
    ChargedBack,
    DeadlinePassed,
    Event,
    Refunded,
    RefundRefused,
)
from cardtrail.deals.order_state import Order
from cardtrail.deals.order_table import REGION, TABLE, WHO
from cardtrail.deals.parameters import PERIODS
from cardtrail.deals.parts import Pace
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Side, Stage
from cardtrail.deals.rows import Nothing, Trigger, name_of
from cardtrail.deals.tangle import untangled

__all__ = ["Order", "decide", "open_order"]

_FIELDS = {Stage: "stage", CardAt: "card", Funds: "funds", Dispute: "dispute", Gate: "gate"}
"""Where an order has the state of each region."""


def open_order(
    *,
    id: str,
    listing: str,
    listing_version: int,
    serial: int,
    seller: str,
    buyer: str,
    price_minor: int,
    currency: str,
    balance_minor: int,
    pace: Pace,
    now_ms: int,
) -> Decided[Order, AnyEffect] | Refused:
    """A buyer wants a card at a price. Its listing has to be reserved for this order in the same transaction."""
    if buyer == seller:
        return Refused(Code.SELF_PURCHASE)
    deadline = started(Timer.PAYMENT, now_ms, PERIODS[Timer.PAYMENT].length_ms)
    order = Order(
        id=id,
        listing=listing,
        listing_version=listing_version,
        serial=serial,
        seller=seller,
        buyer=buyer,
        price_minor=price_minor,
        currency=currency,
        balance_minor=balance_minor,
        pace=pace,
        opened_ms=now_ms,
        changed_ms=now_ms,
        deadlines=(deadline,),
    )
    draft = Draft(order, now_ms)
    draft.do(
        CreatePayment, "create-payment", amount_minor=price_minor, currency=currency, until_ms=deadline.at_ms
    )
    return Decided(order, tuple(draft.effects))


def decide(order: Order, event: Event, now_ms: int) -> Decided[Order, AnyEffect] | Refused:
    """What becomes of an order by an event.

    `Decided.after` is the very same object where nothing changed. A refusal changes nothing at all: deadlines that are
    over take effect with the next event, which may be their own."""
    now_ms = max(now_ms, order.changed_ms)
    code = _refuse_person(order, event)
    if code is not None:
        return Refused(code)
    draft = Draft(order, now_ms)
    _fire_due(draft)
    if not isinstance(
        event, DeadlinePassed
    ):  # A deadline that is over has just taken effect; another is a no-op.
        code = _apply(draft, type(event), event)
        if code is not None:
            return Refused(code)
        _fire_due(draft)
    return _decided(order, draft)


def _refuse_person(order: Order, event: Event) -> Code | None:
    who = WHO.get(type(event))
    if who is None or not isinstance(event, ByPerson):
        return None
    side = order.side(event.by)
    if side in who:
        return None
    if None in who:
        return Code.OWN_CASE
    if side is None:
        return Code.NOT_A_PARTY
    return Code.NOT_THE_BUYER if who == {Side.BUYER} else Code.NOT_THE_SELLER


def _fire_due(draft: Draft) -> None:
    """Let the deadlines that are over take effect. Each is gone before its move, which may start it anew for later, so
    this ends: a move starts no timer in the past."""
    while (deadline := next_due(draft.order.deadlines, draft.now_ms)) is not None:
        draft.set(deadlines=without(draft.order.deadlines, deadline.timer))
        draft.fired = deadline
        _apply(draft, deadline.timer, DeadlinePassed(deadline.timer))
        draft.fired = None


def _apply(draft: Draft, trigger: Trigger, event: Event) -> Code | None:
    rule = TABLE.get((_state(draft.order, trigger, event), trigger))
    if rule is None:
        raise LookupError(f"the table has no rule for {name_of(trigger)}")
    if isinstance(rule, Code):
        return rule
    if isinstance(rule, Nothing):
        return None
    return rule(draft, event)


def _state(order: Order, trigger: Trigger, event: Event) -> enum.Enum:
    """The state that the trigger is looked up with."""
    if isinstance(event, Refunded | RefundRefused | ChargedBack | ChargebackEnded):
        for stray in order.strays:
            if stray.payment.id == event.payment_id:
                return stray.at
        if order.payment is None or order.payment.id != event.payment_id:
            return Funds.NONE  # Not a payment of this order at all.
    state: enum.Enum = getattr(order, _FIELDS[REGION[trigger]])
    return state


def _decided(order: Order, draft: Draft) -> Decided[Order, AnyEffect]:
    if draft.order == order and not draft.effects:
        return Decided(order)
    after = replace(draft.order, version=order.version + 1, changed_ms=draft.now_ms)
    untangled(after)
    return Decided(after, tuple(draft.effects))
