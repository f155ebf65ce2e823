"""What people are told of their orders. It is written in the decision's transaction: so it is told exactly if it was
decided."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from cardtrail.deals.effects import AskStepUp, Tell
from cardtrail.deals.notices import Notice
from cardtrail.deals.regions import Side
from cardtrail.web.notices.tell import News
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

_ABOUT: Final = Text("订单（尾号 {last} 的卡，{price}）：{what}", "Order for card …{last} at {price}: {what}")


def of(deal: Deal, effect: Tell) -> News:
    """What one party is told, once for each key."""
    words = Notice[effect.what.upper()].value
    person_id = deal.buyer_id if effect.side is Side.BUYER else deal.seller_id
    return _news(deal, person_id, f"orders.{effect.what}", effect.key, Text(words.zh, words.en))


def step_up(deal: Deal, effect: AskStepUp) -> News:
    """The buyer is asked to prove themselves once more."""
    words = Notice.STEP_UP_WANTED.value
    return _news(deal, deal.buyer_id, "orders.step_up", effect.key, Text(words.zh, words.en))


def _news(deal: Deal, person_id: UUID, kind: str, key: str, what: Text) -> News:
    text = _ABOUT.format(
        last=card_number(deal.serial)[-4:], price=format_money(deal.price_minor, deal.currency), what=what
    )
    return News(
        person_id=person_id,
        kind=kind[:32],
        key=key[:120],
        text=text,
        serial=deal.serial,
        url=_page(deal),
    )


def _page(deal: Deal) -> str:
    """The order's page, where there are pages."""
    try:
        return reverse("market:order", args=[deal.number])
    except NoReverseMatch:
        return ""
