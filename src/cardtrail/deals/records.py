"""What people have earned by their deals: the value of what they completed, and how their disputes ended.

Nothing here is a number that somebody could vote up. A deal counts by its value, once it is too late to take it back,
and only if it was a deal between strangers: accounts that are linked (by device, address, payer, see the risk room) add
nothing to each other, and one counterpart can vouch for a bounded value alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cardtrail.deals.parameters import MATURE_MS, MOST_BY_ONE_COUNTERPART_MINOR
from cardtrail.deals.regions import Side
from cardtrail.deals.value import Name, Value
from cardtrail.wire.money import Minor, PositiveMinor
from cardtrail.wire.scalars import Millis

Ended = Literal["completed", "refunded", "split", "cancelled", "reversed"]


class Deal(Value):
    """A finished order as it stands in one person's record.

    ended    as the effect `Record` says
    linked   whether the counterpart is linked to this person, as far as is known today
    disputed whether there was a dispute
    lost     whether it ended against this person: by decision, by concession, or by a chargeback they caused
    """

    order: Name
    side: Side
    counterpart: Name
    value_minor: PositiveMinor
    ended: Ended
    ended_ms: Millis
    linked: bool = False
    disputed: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What others are shown of a person, and what their limits follow from. Amounts are in minor units.

    clean_minor      value that counts: completed, undisputed or won, mature, not with oneself
    completed_minor  value of everything completed with people who are not linked
    completed        how many that were: shown, and nothing follows from it
    disputed, lost   disputes, and those that ended against this person
    lost_minor       what those were about
    """

    clean_minor: Minor = 0
    completed_minor: Minor = 0
    completed: int = 0
    disputed: int = 0
    lost: int = 0
    lost_minor: Minor = 0


def standing(deals: Iterable[Deal], now_ms: int) -> Standing:
    """A person's standing. The same order told twice counts once."""
    once = {deal.order: deal for deal in deals}.values()
    by_counterpart: dict[str, int] = defaultdict(int)
    for deal in once:
        if _is_clean(deal) and now_ms >= deal.ended_ms + MATURE_MS:
            by_counterpart[deal.counterpart] += deal.value_minor
    completed = [deal for deal in once if deal.ended == "completed" and not deal.linked]
    lost = [deal for deal in once if deal.lost]
    return Standing(
        clean_minor=sum(min(value, MOST_BY_ONE_COUNTERPART_MINOR) for value in by_counterpart.values()),
        completed_minor=sum(deal.value_minor for deal in completed),
        completed=len(completed),
        disputed=sum(deal.disputed for deal in once),
        lost=len(lost),
        lost_minor=sum(deal.value_minor for deal in lost),
    )


def _is_clean(deal: Deal) -> bool:
    return deal.ended == "completed" and not deal.linked and not deal.lost
