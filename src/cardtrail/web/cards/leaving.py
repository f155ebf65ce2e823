"""When an account is deleted: what has to be settled first, and what of ours goes with it."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from cardtrail.web.accounts.deletion import Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.cards import unfinished
from cardtrail.web.cards.models import Gift, Once, Share, Visitor
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

MOST: Final = 5
"""So many cards are named one by one."""

_CARD: Final = Text(
    "尾号 {last} 的卡还有余额 {balance}。请先用完、送出，或请发卡方处理。",
    "Card …{last} still has {balance} on it. Spend it, give it away, or ask the issuer first.",
)
_MORE: Final = Text("另有 {n} 张有余额的卡。", "There are {n} more cards with a balance.")


def objections(person: Person) -> list[Objection]:
    """Cards with a balance, and what may still bring one: nobody could use them any more."""
    return [*_cards(person), *unfinished.objections(person)]


def _cards(person: Person) -> list[Objection]:
    rows = Card.objects.filter(holder=person, balance_minor__gt=0)
    found = [_objection(card) for card in rows.order_by("-balance_minor", "serial")[:MOST]]
    more = rows.count() - MOST if len(found) == MOST else 0
    return [*found, Objection(_MORE.format(n=more), reverse("wallet"))] if more > 0 else found


def wipe(person: Person) -> None:
    """Notes the person wrote, addresses they gave to, which shares they looked at, and what waits and must not take
    effect any more. Raises `ObjectedError` for what was signed in this moment."""
    unfinished.drop_all(person)
    Gift.objects.filter(giver=person).exclude(state__in=Gift.OPEN).update(note="", to_sealed=None)
    Share.objects.filter(giver=person).update(note="")
    Visitor.objects.filter(person=person).delete()
    Once.objects.filter(person=person).delete()


def _objection(card: Card) -> Objection:
    balance = format_money(card.balance_minor, card.currency)
    text = _CARD.format(last=card.last_four, balance=balance)
    return Objection(text, reverse("card", args=[card.serial]))
