"""What somebody has earned by their deals, read from our rows: how each ended, and which of them say nothing.

Deals with accounts that belong together with one's own earn nothing, and neither does trade that goes round: a card
that comes back, by sales or gifts, to somebody who had it, and two who sell to each other (`risk.rings`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, cast
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from cardtrail.deals import records
from cardtrail.deals.parameters import LIMITS_CURRENCY
from cardtrail.deals.records import Standing, standing
from cardtrail.deals.regions import ENDS, Outcome, Side
from cardtrail.risk.rings import WITHIN_MS, Traded, hollow
from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Movement
from cardtrail.web.orders.models import Claim, Deal, Ending, Ruling
from cardtrail.web.risks.links import group_of
from cardtrail.web.ui.clock import now_ms

ENDED: Final = tuple(stage.value for stage in ENDS)

MOST: Final = 2_000
"""Ours: so many deals of one person are looked at, the newest."""

_COLUMNS: Final = tuple(field.name for field in Ending._meta.concrete_fields)

GIVEN: Final = ("transfer", "release")
"""Entries by which a card comes to somebody else. Behind the hold of a sale stands an authority, of a gift none."""


def clean_of(person: Person) -> int:
    """The value of what somebody completed, as far as it counts."""
    return standing_of(person.pk, group_of(person)).clean_minor


def under_way_minor(group: Collection[UUID], currency: str) -> int:
    """The value of the deals in a currency that are under way for these people."""
    theirs = Q(seller__in=group) | Q(buyer__in=group)
    rows = Deal.objects.filter(theirs, currency=currency).exclude(stage__in=ENDED)
    return rows.aggregate(sum=Sum("price_minor"))["sum"] or 0


def standing_of(person_id: UUID, group: frozenset[UUID]) -> Standing:
    """A person's standing; `group`: the accounts that belong together with theirs."""
    mine = Q(seller_id=person_id) | Q(buyer_id=person_id)
    # What was earned in another money says nothing about limits in this one: sums are of one currency.
    rows = Ending.objects.filter(mine, currency=LIMITS_CURRENCY)
    endings = list(_with_cards(rows).order_by("-at_ms")[:MOST])
    if not endings:
        return Standing()
    disputed = [ending.deal_id for ending in endings if ending.disputed]
    rulings = dict(
        Ruling.objects.filter(deal_id__in=disputed).order_by("appeal").values_list("deal_id", "outcome")
    )
    of_mine = Q(deal__seller_id=person_id) | Q(deal__buyer_id=person_id)
    called_back = frozenset(
        Claim.objects.filter(of_mine, dropped_ms__isnull=True).values_list("deal_id", flat=True)
    )
    nothing = _hollow(endings)
    return standing(
        (
            _as_deal(
                ending,
                "reversed" if ending.deal_id in called_back else ending.ended,
                person_id,
                group,
                rulings.get(ending.deal_id),
                says_nothing=str(ending.deal_id) in nothing,
            )
            for ending in endings
        ),
        now_ms(),
    )


def given_away(serials: Collection[int] | QuerySet[Any, Any], since_ms: int) -> list[Traded]:
    """Gifts of these cards, as what they are in a round: a card that passed from one person to another."""
    rows = Movement.objects.filter(
        serial__in=serials,
        kind__in=GIVEN,
        hold_role__isnull=True,
        time_ms__gte=since_ms,
        holder_before__isnull=False,
        holder_after__isnull=False,
    ).exclude(holder_before=F("holder_after"))
    return [
        Traded(
            id=f"gift/{index}/{serial}", card=str(serial), seller=str(before), buyer=str(after), at_ms=at_ms
        )
        for index, serial, before, after, at_ms in rows.values_list(
            "index", "serial", "holder_before_id", "holder_after_id", "time_ms"
        )
    ]


def _hollow(endings: Sequence[Ending]) -> frozenset[str]:
    """Those of a person's deals that say nothing about anybody. Only what was completed can."""
    completed = [ending for ending in endings if ending.ended == "completed"]
    if not completed:
        return frozenset()
    serials = {ending.deal.serial for ending in completed}
    since_ms = min(ending.at_ms for ending in completed) - WITHIN_MS
    known = {ending.deal_id for ending in completed}
    others = Ending.objects.filter(ended="completed", deal__serial__in=serials, at_ms__gte=since_ms)
    sales = [*completed, *_with_cards(others.exclude(deal_id__in=known))]
    return hollow([*map(_as_traded, sales), *given_away(serials, since_ms)])


def _with_cards(rows: QuerySet[Ending]) -> QuerySet[Ending]:
    """With the serials of their orders' cards, and nothing else of the orders: their states are long."""
    return rows.select_related("deal").only(*_COLUMNS, "deal__serial")


def _as_traded(ending: Ending) -> Traded:
    return Traded(
        id=str(ending.deal_id),
        card=str(ending.deal.serial),
        seller=str(ending.seller_id),
        buyer=str(ending.buyer_id),
        at_ms=ending.at_ms,
    )


def _as_deal(
    ending: Ending,
    ended: str,
    person_id: UUID,
    group: frozenset[UUID],
    ruling: str | None,
    *,
    says_nothing: bool,
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
        linked=says_nothing or counterpart in group,
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
