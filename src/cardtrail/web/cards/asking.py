"""Risk, before cards are given away: by link, to a person, or into a group. A gift passes a card on as a sale does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256
from uuid import UUID

from django.db.models import Max, Sum
from django.http import HttpRequest

from cardtrail.risk.port import Act
from cardtrail.web.accounts.models import Person
from cardtrail.web.cards.models import Gift
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders import records
from cardtrail.web.risks.ask import Asked, Inquiry, ask
from cardtrail.web.risks.decisions import stands_for
from cardtrail.web.risks.links import group_of
from cardtrail.web.risks.presence import Presence


class Stopped(Exception):  # noqa: N818 - an answer, not a fault
    """Risk wants a proof first, has our staff look, or says no. Nothing is given; the decision is kept."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked.verdict.outcome)
        self.asked = asked


def ask_to_give(request: HttpRequest, giver: Person, cards: Sequence[Card]) -> None:
    """Whether these cards may be given away together, inside the transaction in which they are. Raises `Stopped`.

    They are one question, not one for each: twenty cards into a group are twenty cards that leave.
    """
    presence, group = Presence.of(request), group_of(giver)
    clean_minor = records.clean_of(giver)
    for currency in sorted({card.currency for card in cards}):
        same = sorted((card for card in cards if card.currency == currency), key=lambda card: card.serial)
        value_minor = sum(card.balance_minor for card in same)
        first, *others = (card.serial for card in same)
        inquiry = Inquiry(
            person=giver,
            act=Act.GIVE,
            serial=first,
            others=tuple(others),
            value_minor=value_minor,
            currency=currency,
            about=_about([card.serial for card in same]),
            clean_value_minor=clean_minor,
            open_value_minor=records.under_way_minor(group, currency)
            + _given_minor(group, currency)
            + value_minor,
        )
        asked = ask(inquiry, presence)
        if not stands_for(asked, inquiry, _last_given_ms(giver, first)):
            raise Stopped(asked)


def _about(serials: Sequence[int]) -> str:
    """What is given, in a name that is the same when it is tried again."""
    if len(serials) == 1:
        return f"gift/{serials[0]}"
    return f"gifts/{sha256(','.join(map(str, serials)).encode()).hexdigest()[:32]}"


def _given_minor(group: Collection[UUID], currency: str) -> int:
    """What is on the cards that these people are giving away and nobody has taken yet."""
    waiting = Gift.objects.filter(giver__in=group, state__in=Gift.OPEN).values("serial")
    rows = Card.objects.filter(serial__in=waiting, currency=currency)
    return rows.aggregate(sum=Sum("balance_minor"))["sum"] or 0


def _last_given_ms(giver: Person, serial: int) -> int:
    """When the card was last given: whatever staff let pass until then has been used."""
    return Gift.objects.filter(giver=giver, serial=serial).aggregate(last=Max("made_ms"))["last"] or 0
