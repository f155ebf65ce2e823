"""What stands against taking a card back that lies in the card itself."""

from __future__ import annotations

from typing import Final

from cardtrail.web.cards.models import Gift
from cardtrail.web.ledger.models import Card
from cardtrail.web.returns.refusals import Refusal
from cardtrail.web.ui.clock import MINUTE_MS
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import day_of, zone_for
from cardtrail.wire.products import Terms, Transferable

AT_LEAST_MS: Final = 20 * MINUTE_MS
"""A product whose cards cannot be set aside for so long does not leave us the time to take one back."""

_STATES: Final = {
    "frozen": Text(
        "卡已冻结，解冻之后才能交回。", "The card is frozen; it can be handed back once it is not."
    ),
    "held": Text("卡已送出，请先收回。", "The card is set aside for somebody; take it back first."),
    "sale": Text("卡正在出售，请先撤下。", "The card is on sale; end the sale first."),
    "escrow": Text(
        "卡正在交易中，订单结束之后才能交回。", "The card is kept for an order; wait until that is over."
    ),
    "dispute": Text("卡在争议中，了结之后才能交回。", "The card is in dispute; wait until that is settled."),
    "handed_in": Text("卡正在交回品牌。", "The card is on its way back to the brand already."),
    "rebind": Text("卡正在换绑，结束之后才能交回。", "The card is being rebound; wait until that is over."),
    "expired": Text(
        "卡已到期，请先请品牌重新激活。", "The card has expired; ask the brand to re-activate it first."
    ),
    "inactive": Text("卡还没有激活。", "The card is not active yet."),
    "empty": Text("卡上没有余额了。", "There is nothing left on the card."),
}
_ENDED: Final = Text("这张卡已经结束。", "The card is at its end.")
_KIND: Final = Text("这种卡不能交回品牌。", "Cards of this kind cannot be handed back.")
_HOPS: Final = Text("这张卡的转手次数已用完，不能再转出。", "The card has changed hands as often as it may.")
_COOLING: Final = Text("刚激活的卡要到 {day} 才能交回。", "A new card can be handed back from {day}.")
_GIVING: Final = Text("这张卡正在送出，请稍等。", "This card is being given already; one moment.")


def hindrance(card: Card, terms: Terms, at_ms: int) -> Refusal | None:
    """Why a card cannot be handed back now, whatever the price; none if it can. The ledger has the same rules and the
    last word."""
    if card.state != "active":
        return Refusal(card.state, _STATES.get(card.shown_state, _ENDED))
    if terms.transferable is Transferable.NO or terms.hold_limit_ms < AT_LEAST_MS:
        return Refusal("not_transferable", _KIND)
    if card.hop >= terms.max_hops:
        return Refusal("too_many_hops", _HOPS)
    free_ms = (card.activated_ms or 0) + terms.cooling_off_ms
    if at_ms < free_ms:
        return Refusal("cooling_off", _COOLING.format(day=day_of(free_ms, zone_for(None))))
    if Gift.objects.filter(serial=card.serial, state=Gift.State.PREPARING).exists():
        return Refusal("being_given", _GIVING)
    return None
