"""When an account is deleted: what has to be settled first, and what of ours goes with it."""

from __future__ import annotations

from django.urls import reverse

from cardtrail.web.accounts.deletion import Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.cards.models import Gift, Once, Share, Visitor
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text

_CARDS = Text(
    "你还有 {n} 张有余额的卡。请先用完、送出，或请发卡方处理。",
    "You still have {n} cards with a balance. Spend them, give them away, or ask the issuer first.",
)


def objections(person: Person) -> list[Objection]:
    """Cards with a balance: nobody could use them any more."""
    count = Card.objects.filter(holder=person, balance_minor__gt=0).count()
    return [Objection(_CARDS.format(n=count), reverse("wallet"))] if count else []


def wipe(person: Person) -> None:
    """Notes the person wrote, addresses they gave to, and which shares they looked at."""
    Gift.objects.filter(giver=person).exclude(state__in=Gift.OPEN).update(note="", to_sealed=None)
    Share.objects.filter(giver=person).update(note="")
    Visitor.objects.filter(person=person).delete()
    Once.objects.filter(person=person).delete()
