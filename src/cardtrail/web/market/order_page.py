"""Everything that the page of an order shows to one of its parties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Side, Stage
from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import order_money
from cardtrail.web.market.desk_looks import looks_at
from cardtrail.web.market.order_access import Own
from cardtrail.web.market.order_clock import clock_of
from cardtrail.web.market.order_face import card_of, face_of
from cardtrail.web.market.order_stand import sellers_card, stand_of
from cardtrail.web.market.order_steps import steps_of
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Claim
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

WITH_BUYER: Final = frozenset((CardAt.BUYERS, CardAt.SETTING_ASIDE, CardAt.ASIDE, CardAt.FREEZING, CardAt.FROZEN,
                               CardAt.ENDING_ASIDE))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """The ledger's entry by which the card became the buyer's."""

    entry: int
    at_ms: int | None
    command: str


def shown(own: Own) -> dict[str, Any]:
    """The page's values."""
    deal, order = own.deal, own.order
    card = card_of(deal)
    stand = stand_of(order, own.side)
    values = _values(own)
    clock = clock_of(order, own.side)
    return {
        "deal": deal,
        "order": order,
        "buying": own.buying,
        "last_four": card_number(deal.serial)[-4:],
        "face": face_of(deal, card),
        "card_url": _card_url(own, card),
        "stand": stand,
        "title": stand.title.format(**values),
        "text": stand.text.format(**values),
        "clock": clock,
        "left_ms": 0 if clock is None else max(clock.at_ms - now_ms(), 0),
        "steps": steps_of(
            order, deal.steps.only("version", "kind", "stage", "at_ms", "deal_id").order_by("version")
        ),
        "where": order_money.where(deal, order),
        "provider": providers.name_of(deal.provider),
        "pay_url": providers.pay_page(deal) if own.buying else "",
        "returned": order_money.returned(order) if own.buying else [],
        "delivery": delivery_of(deal.delivery) if order.delivered_ms else None,
        "inspection_ms": 0
        if order.delivered_ms
        else order.pace.inspection_ms,  # From then on the clock says it.
        "earliest_ms": _earliest(own),
        "disputed": order.dispute is not Dispute.NONE,
        "may_dispute": own.buying and order.stage is Stage.DELIVERED,
        "may_cancel": own.buying and order.stage in (Stage.AWAITING_PAYMENT, Stage.PAYMENT_PENDING),
        "claim": _claim(own),
        "looks": looks_at(deal) if own.looked else [],
    }


def _earliest(own: Own) -> int | None:
    """From when on the seller can be paid, for them; none where that has no time of its own, or waits for a person."""
    order = own.order
    if own.buying or order.stage is not Stage.DELIVERED or order.gate is Gate.PAYOUT_HOLD:
        return None
    payout = order.deadline(Timer.PAYOUT)
    return None if payout is None else payout.at_ms


def delivery_of(action: Action) -> Delivery | None:
    """The proof of delivery, once there is one."""
    if action.state != Action.State.DONE or action.entry_index is None:
        return None
    command = bytes(action.command_id or b"").hex()
    return Delivery(action.entry_index, action.time_ms, command)


def _values(own: Own) -> dict[str, object]:
    deal, order = own.deal, own.order
    decision = order.decision
    back = order.refunded_minor or (0 if decision is None else decision.refund_minor)
    paid_out = order.released_minor or order.price_minor - order.refunded_minor
    return {
        "provider": providers.name_of(deal.provider),
        "price": format_money(order.price_minor, order.currency),
        "back": format_money(back, order.currency),
        "paid_out": format_money(paid_out, order.currency),
        "card": sellers_card(order),
    }


def _card_url(own: Own, card: Card | None) -> str:
    """The card's own page, for whoever has it now."""
    at_buyer = own.order.card in WITH_BUYER
    mine = own.deal.buyer_id if own.buying else own.deal.seller_id
    if card is None or card.holder_id != mine or at_buyer != own.buying:
        return ""
    return reverse("card", args=[own.deal.serial])


def _claim(own: Own) -> Text | None:
    """What the seller owes, where the payment was called back after they had it."""
    if own.side is not Side.SELLER or own.order.funds is not Funds.REVERSED:
        return None
    found = Claim.objects.filter(deal=own.deal, dropped_ms__isnull=True).first()
    if found is None:
        return None
    return Text("应退回：{amount}", "To be paid back: {amount}").format(
        amount=format_money(found.amount_minor, found.currency)
    )
