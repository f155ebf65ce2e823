"""What people are told of their orders, in the decision's transaction: so it is told exactly if it was decided."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from cardtrail.deals.effects import AskStepUp, Tell
from cardtrail.deals.notices import Notice
from cardtrail.deals.regions import Side
from cardtrail.web.accounts.models import Person
from cardtrail.web.notices.tell import notify
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

_ABOUT: Final = Text("订单（尾号 {last} 的卡，{price}）：{what}", "Order for card …{last} at {price}: {what}")


def tell(deal: Deal, effect: Tell) -> None:
    """Tell one party, once for each key."""
    words = Notice[effect.what.upper()].value
    person_id = deal.buyer_id if effect.side is Side.BUYER else deal.seller_id
    _notify(deal, person_id, f"orders.{effect.what}", effect.key, Text(words.zh, words.en))


def step_up(deal: Deal, effect: AskStepUp) -> None:
    """Ask the buyer to prove themselves once more."""
    words = Notice.STEP_UP_WANTED.value
    _notify(deal, deal.buyer_id, "orders.step_up", effect.key, Text(words.zh, words.en))


def _notify(deal: Deal, person_id: UUID, kind: str, key: str, what: Text) -> None:
    text = _ABOUT.format(
        last=card_number(deal.serial)[-4:], price=format_money(deal.price_minor, deal.currency), what=what
    )
    notify(
        Person.objects.get(pk=person_id),
        kind[:32],
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
