"""People's records and what follows from them: what others are shown, and how much somebody may have under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db.models import Q, Sum

from cardtrail.deals import records
from cardtrail.deals.limits import Limits, limits
from cardtrail.deals.records import Standing, standing
from cardtrail.deals.regions import ENDS, Outcome, Side
from cardtrail.web.accounts.models import Person
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Claim, Deal, Ending, Ruling
from cardtrail.web.risks.links import group_of
from cardtrail.web.ui.clock import now_ms

ENDED = tuple(stage.value for stage in ENDS)


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

    clean_minor  value of what they completed, as far as it counts
    """

    limits: Limits
    open_minor: int
    listed: int
    clean_minor: int


def record_of(person: Person) -> Record:
    """A person's record. Six queries, however long it is."""
    joined_ms = round(person.joined.timestamp() * 1000)
    return Record(standing_of(person.pk, group_of(person)), joined_ms)


def standing_of(person_id: UUID, group: frozenset[UUID]) -> Standing:
    """A person's standing; `group`: the accounts that belong together with theirs."""
    mine = Q(seller_id=person_id) | Q(buyer_id=person_id)
    endings = list(Ending.objects.filter(mine).order_by("-at_ms")[:2_000])
    disputed = [ending.deal_id for ending in endings if ending.disputed]
    rulings = dict(
        Ruling.objects.filter(deal_id__in=disputed).order_by("appeal").values_list("deal_id", "outcome")
    )
    of_mine = Q(deal__seller_id=person_id) | Q(deal__buyer_id=person_id)
    called_back = frozenset(
        Claim.objects.filter(of_mine, dropped_ms__isnull=True).values_list("deal_id", flat=True)
    )
    return standing(
        (
            _as_deal(
                ending,
                "reversed" if ending.deal_id in called_back else ending.ended,
                person_id,
                group,
                rulings.get(ending.deal_id),
            )
            for ending in endings
        ),
        now_ms(),
    )


def room_of(person: Person) -> Room:
    """A person's limits, and what is under way for them and the accounts linked to them."""
    group = group_of(person)
    own = standing_of(person.pk, group)
    linked = [standing_of(other, group) for other in sorted(group - {person.pk})]
    under_way = Deal.objects.filter(Q(seller__in=group) | Q(buyer__in=group)).exclude(stage__in=ENDED)
    open_minor = under_way.aggregate(sum=Sum("price_minor"))["sum"] or 0
    listed = Listing.objects.filter(seller__in=group, stage__in=Listing.OPEN).count()
    return Room(limits(own, linked), open_minor, listed, own.clean_minor)


def _as_deal(
    ending: Ending, ended: str, person_id: UUID, group: frozenset[UUID], ruling: str | None
) -> records.Deal:
    """`ended`: `reversed` also where the payment was called back after everything else was over."""
    selling = ending.seller_id == person_id
    counterpart = ending.buyer_id if selling else ending.seller_id
    return records.Deal(
        order=str(ending.deal_id),
        side=Side.SELLER if selling else Side.BUYER,
        counterpart=str(counterpart),
        value_minor=ending.price_minor,
        ended=cast(records.Ended, ended),
        ended_ms=ending.at_ms,
        linked=counterpart in group,
        disputed=ending.disputed,
        lost=_lost(ending, ended, selling, ruling),
    )


def _lost(ending: Ending, ended: str, selling: bool, ruling: str | None) -> bool:
    """Whether it ended against this side: the seller conceded or lost a dispute; the buyer lost one by decision, or had
    the payment called back."""
    if ended == "reversed":
        return not selling
    if not ending.disputed:
        return False
    if selling:
        return ending.ended == "refunded"
    return ending.ended == "completed" and ruling == Outcome.RELEASE.value
