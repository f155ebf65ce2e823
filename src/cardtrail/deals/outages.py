"""Our own outages: deadlines pause over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from cardtrail.deals.deadlines import Outage, all_paused
from cardtrail.deals.listing_state import Listing
from cardtrail.deals.offer_state import Offer
from cardtrail.deals.order_state import Order

Timed = TypeVar("Timed", Order, Listing, Offer)


def with_outages(timed: Timed, outages: Iterable[Outage]) -> Timed:
    """An order, a listing or an offer with its running deadlines counted anew without all outages that are recorded.
    The very same object where none of them changes by it; else with the next version.

    To be done after an outage before anything else is decided: a deadline that has taken effect is not taken back."""
    deadlines = all_paused(timed.deadlines, outages)
    if deadlines == timed.deadlines:
        return timed
    return replace(timed, deadlines=deadlines, version=timed.version + 1)
