"""What happens on the market by time alone: the worker's job."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import transaction

from cardtrail.deals import listing_events, offer_events
from cardtrail.deals.deadlines import Timer
from cardtrail.web.market import bargaining, deciding
from cardtrail.web.market.models import Listing, Offer
from cardtrail.web.orders.opening import HOLD_LEFT_MS

log = logging.getLogger(__name__)

TOGETHER: Final = 50
"""So many of each kind at a time, so that nobody waits long for the others."""


def run_due(now_ms: int) -> int:
    """Listings and offers whose time is over, cards that were kept long enough. Gives how many."""
    return _listings(now_ms) + _short_holds(now_ms) + _kept(now_ms) + _offers(now_ms)


def _listings(now_ms: int) -> int:
    due = Listing.objects.filter(next_ms__lte=now_ms).order_by("next_ms").values_list("pk", flat=True)
    event = listing_events.ListingDeadlinePassed(Timer.LISTING)
    return _each(list(due[:TOGETHER]), event)


def _short_holds(now_ms: int) -> int:
    """Cards whose hold, by their terms or their expiry, ends before the listing does: nobody could be sure of them."""
    ending = Listing.objects.filter(stage="listed", hold_until_ms__lt=now_ms + HOLD_LEFT_MS)
    ids = list(ending.order_by("hold_until_ms").values_list("pk", flat=True)[:TOGETHER])
    return _each(ids, listing_events.CardGone("hold_ends"))


def _each(ids: list[UUID], event: listing_events.ListingEvent) -> int:
    return sum(_alone(id, lambda each: _tell(each, event)) for id in ids)


def _tell(listing_id: UUID, event: listing_events.ListingEvent) -> bool:
    left = deciding.Left()
    with transaction.atomic():
        deciding.change(deciding.lock(listing_id), event, left)
    deciding.go(left)
    return True


def _alone(id: UUID, act: Callable[[UUID], bool]) -> bool:
    """Do it for one. What goes wrong there is tried again the next time, and does not keep the others waiting."""
    try:
        return act(id)
    except Exception:
        log.exception("what is due of %s on the market failed; it is tried again", id)
        return False


def _kept(now_ms: int) -> int:
    over = Offer.objects.filter(kept_until_ms__lte=now_ms).order_by("kept_until_ms")
    ids = list(over.values_list("pk", flat=True)[:TOGETHER])
    return sum(_alone(id, lambda each: bargaining.stop_keeping_in_time(each, now_ms)) for id in ids)


def _offers(now_ms: int) -> int:
    due = Offer.objects.filter(next_ms__lte=now_ms).order_by("next_ms").values_list("pk", flat=True)
    ids = list(due[:TOGETHER])
    return sum(_alone(id, _expire) for id in ids)


def _expire(offer_id: UUID) -> bool:
    with transaction.atomic():
        _, offer = bargaining.locked(offer_id)
        deciding.change_offer(offer, offer_events.OfferDeadlinePassed(Timer.OFFER), "", deciding.Left())
    return True
