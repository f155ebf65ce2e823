"""What of the market stands against deleting an account, and what goes with it."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from cardtrail.web.accounts.deletion import Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.market import bargaining
from cardtrail.web.market.models import Group, Listing, Member, Message, Talk
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

_ON_OFFER = Text("还有 {n} 张卡在出售，请先撤回。", "{n} cards are on sale; take them back first.")


def objections(person: Person) -> list[Objection]:
    """Cards that are on sale."""
    count = Listing.objects.filter(seller=person, stage__in=Listing.OPEN).count()
    return [Objection(_ON_OFFER.format(n=count), reverse("market:mine"))] if count else []


def wipe(person: Person) -> None:
    """What they wrote goes, their groups close, and no card waits for them any more. Offers and sales stay: the law
    wants them kept."""
    bargaining.let_go_of(person)
    talks = Talk.objects.filter(Q(buyer=person) | Q(seller=person)).values("pk")
    Message.objects.filter(by=person, talk__in=talks).update(text="", warned=[])
    Group.objects.filter(owner=person, closed_ms__isnull=True).update(closed_ms=now_ms(), name="")
    Member.objects.filter(person=person).delete()
