"""People's records and what follows from them: what others are shown, and how much somebody may have under way."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, Sum

from cardtrail.deals.limits import Limits, limits
from cardtrail.deals.parameters import LIMITS_CURRENCY
from cardtrail.deals.records import Standing
from cardtrail.web.accounts.models import Person
from cardtrail.web.market import refusals
from cardtrail.web.market.models import Listing
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.orders.records import standing_of, under_way_minor
from cardtrail.web.risks.links import group_of


@dataclass(frozen=True, slots=True)
class Record:
    """What others see of somebody: never who they are.

    standing   value of completed deals, disputes, and those that were lost
    since_ms   when they joined
    """

    standing: Standing
    since_ms: int


@dataclass(frozen=True, slots=True)
class Room:
    """How much a person may have under way, and has, together with the accounts linked to them.

    open_minor    the price of what is bought and sold and not over
    listed_minor  what is asked for the cards they offer, which nobody has ordered yet
    clean_minor   value of what they completed, as far as it counts
    """

    limits: Limits
    open_minor: int
    listed: int
    listed_minor: int
    clean_minor: int


def check_currency(currency: str) -> None:
    """Limits are amounts of one money. In another one nothing is dealt until limits are set for it. Raises
    `NotPossible`."""
    if currency != LIMITS_CURRENCY:
        raise NotPossible("no_limits", refusals.NO_LIMITS.format(currency=currency))


def record_of(person: Person) -> Record:
    """A person's record. The same number of queries, however long it is."""
    joined_ms = round(person.joined.timestamp() * 1000)
    return Record(standing_of(person.pk, group_of(person)), joined_ms)


def room_of(person: Person, group: frozenset[UUID] | None = None) -> Room:
    """A person's limits, and what is under way for them and the accounts linked to them: `group`, theirs included,
    where it is known already."""
    group = group or group_of(person)
    own = standing_of(person.pk, group)
    linked = [standing_of(other, group) for other in sorted(group - {person.pk})]
    open_minor = under_way_minor(group, LIMITS_CURRENCY)
    free = Q(currency=LIMITS_CURRENCY) & ~Q(stage="reserved")
    offered = Listing.objects.filter(seller__in=group, stage__in=Listing.OPEN).aggregate(
        count=Count("pk"), sum=Sum("price_minor", filter=free)
    )
    return Room(limits(own, linked), open_minor, offered["count"], offered["sum"] or 0, own.clean_minor)
