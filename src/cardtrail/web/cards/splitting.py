"""Splitting a card: into which parts, what its holder agrees to, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest

from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.cards.once import once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money
from cardtrail.wire.products import Terms

FEWEST: Final = 2
MOST: Final = 10
"""Into so many parts a card is split at once. A part can be split again."""

NOT_THIS_KIND: Final = Text("这种卡不能拆分。", "Cards of this kind cannot be split.")
NOT_THIS_CARD: Final = Text("这张卡现在不能拆分。", "This card cannot be split now.")
TOO_LITTLE: Final = Text("余额太少，拆不成两份。", "There is too little on this card for two parts.")
CHANGED: Final = Text(
    "这张卡的余额刚刚变了，请按现在的余额重新拆分。",
    "The card's balance has just changed. Please divide what is on it now.",
)


def hindrance(card: Card, terms: Terms) -> Text | None:
    """Why a card cannot be split now; none if it can."""
    if not terms.split:
        return NOT_THIS_KIND
    if card.state != "active":
        return NOT_THIS_CARD
    return TOO_LITTLE if card.balance_minor < FEWEST else None


def most_parts(balance_minor: int) -> int:
    """Into how many parts that balance can be split: each has at least one minor unit."""
    return min(MOST, balance_minor)


def equal_parts(balance_minor: int, count: int) -> list[int]:
    """Parts that differ by one minor unit at most, the larger first. Raises `ValueError` if one would be empty."""
    if not 0 < count <= balance_minor:
        raise ValueError(f"{balance_minor} cannot be split into {count} parts")
    each, over = divmod(balance_minor, count)
    return [each + (place < over) for place in range(count)]


def words(card: Card, amounts: Sequence[int]) -> Text:
    """What the holder is shown and agrees to."""
    parts = [format_money(amount, card.currency) for amount in amounts]
    text = Text(
        "把卡号 {number}（余额 {balance}）拆成 {n} 张：{zh}。"
        "原卡随即结束，各张都归我所有，有效期和条款不变。{spent_words}",
        "Split card {number} ({balance}) into {n}: {en}. The card itself ends; all its parts are mine, with the same "
        "expiry and terms.{spent_words}",
    )
    spent_minor = card.face_minor - card.balance_minor
    spent = Text(
        "已消费的 {spent} 面值记在第一张上，退款也回到第一张。",
        " The {spent} of face value already spent stays with the first part, and refunds go there.",
    ).format(spent=format_money(spent_minor, card.currency))
    return text.format(
        number=card.number,
        balance=format_money(card.balance_minor, card.currency),
        n=len(parts),
        zh="、".join(parts),
        en=", ".join(parts),
        spent_words=spent if spent_minor else "",
    )


def split(request: HttpRequest, card: Card, amounts: Sequence[int]) -> Confirmation:
    """Confirm that a card is split. Raises `NotNow`; to be performed outside any transaction."""

    def make() -> Confirmation:
        reason = hindrance(card, card.product.terms)
        if reason is not None:
            raise NotNow(reason)
        if sum(amounts) != card.balance_minor:
            raise NotNow(CHANGED)
        order = Order("split", card.serial, {"amounts_minor": list(amounts)})
        return confirm(request, purpose="split", text=words(card, amounts), orders=[order])

    return once(request, make)


def parts_of(card: Card) -> list[Card]:
    """The cards that a split made of a card, in the order of its parts."""
    made = Movement.objects.filter(index=card.entry, kind="split_part").values("serial")
    return list(Card.objects.filter(serial__in=made).select_related("product").order_by("serial"))
