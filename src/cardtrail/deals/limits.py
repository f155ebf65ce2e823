"""How much somebody may have under way, and how many cards they may offer.

Limits start small and grow with the *value* of clean history, less what was lost. Twenty tiny honest deals therefore
earn next to nothing: what may be under way is never more than a newcomer's share and what was honestly turned over
before. A new account of somebody who has been penalised starts with what the penalty left: linked accounts share one
limit, and their losses count for each of them, while their earnings count for none but the one who earned them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cardtrail.deals.codes import Code, Refused
from cardtrail.deals.parameters import (
    BASE_LISTINGS,
    BASE_MINOR,
    CLEAN_FOR_A_LISTING_MINOR,
    GROWTH_BP,
    LEAST_MINOR,
    LOSS_WEIGHT,
    MOST_LISTINGS,
    MOST_MINOR,
)
from cardtrail.deals.records import Standing

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person may do now, together with the accounts linked to them.

    order_minor  one order at most
    open_minor   all that is under way, on either side, at most
    listings     so many cards on offer at most
    """

    order_minor: int
    open_minor: int
    listings: int


def limits(own: Standing, linked: Iterable[Standing] = ()) -> Limits:
    """A person's limits. `linked`: the standings of the accounts that are linked to them."""
    lost_minor = own.lost_minor + sum(other.lost_minor for other in linked)
    earned_minor = own.clean_minor * GROWTH_BP // BASIS_POINTS
    order_minor = min(MOST_MINOR, max(LEAST_MINOR, BASE_MINOR + earned_minor - LOSS_WEIGHT * lost_minor))
    listings = BASE_LISTINGS + max(0, own.clean_minor - LOSS_WEIGHT * lost_minor) // CLEAN_FOR_A_LISTING_MINOR
    return Limits(order_minor, 2 * order_minor, min(MOST_LISTINGS, listings))


def check_order(limit: Limits, price_minor: int, open_minor: int) -> Refused | None:
    """Whether a person may have one order more. `open_minor`: what is under way for them and the accounts linked to
    them, without it."""
    if price_minor > limit.order_minor:
        return Refused(Code.PRICE_OVER_LIMIT)
    if open_minor + price_minor > limit.open_minor:
        return Refused(Code.OPEN_VALUE_OVER_LIMIT)
    return None


def check_listing(limit: Limits, listed: int) -> Refused | None:
    """Whether they may offer one card more. `listed`: how many they and the accounts linked to them offer already."""
    return Refused(Code.TOO_MANY_LISTINGS) if listed >= limit.listings else None
