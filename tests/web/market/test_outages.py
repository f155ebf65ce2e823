"""An outage of ours takes nobody's time to answer an offer."""

from __future__ import annotations

import pytest

from cardtrail.web.market import buying, timers
from cardtrail.web.market.models import Round
from cardtrail.web.orders import timers as of_orders
from cardtrail.web.orders.models import Outage, Pulse
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, SECOND_MS, now_ms
from tests.web.market.stalls import Stalls

pytestmark = pytest.mark.django_db


@pytest.mark.database
@pytest.mark.parametrize("recorded", [True, False], ids=["with", "without"])
def test_what_ran_out_while_we_were_away_has_its_time_yet(stalls: Stalls, recorded: bool) -> None:
    listing = stalls.sell()
    offer = stalls.offer(listing)
    assert offer.next_ms is not None
    left_ms = offer.next_ms - now_ms()
    if recorded:
        of_orders.run_due(now_ms())
    clock.set_ahead(DAY_MS + HOUR_MS)
    try:
        of_orders.run_due(now_ms())
        assert Outage.objects.exists() is recorded
        timers.run_due(now_ms())
        offer.refresh_from_db()
        if not recorded:
            assert offer.stage == "expired"
            return
        assert (offer.stage, Round.objects.count()) == ("open", 1)
        assert abs(offer.next_ms - now_ms() - left_ms) < 20 * SECOND_MS
        assert timers.run_due(now_ms()) == 0, "it is moved once, and not found again"
    finally:
        clock.set_ahead(0)


@pytest.mark.database
@pytest.mark.parametrize("recorded", [True, False], ids=["with", "without"])
def test_a_card_is_kept_for_its_buyer_over_an_outage_of_ours(stalls: Stalls, recorded: bool) -> None:
    """The seller has accepted, the card is kept for two hours, and we are away for a day."""
    listing = stalls.sell()
    offer = stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    assert offer.kept_until_ms is not None
    left_ms = offer.kept_until_ms - now_ms()
    if recorded:
        of_orders.run_due(now_ms())
    clock.set_ahead(DAY_MS)
    try:
        of_orders.run_due(now_ms())
        assert timers.run_due(now_ms()) == (0 if recorded else 1)
        offer.refresh_from_db()
        if not recorded:
            assert (offer.kept_until_ms, stalls.now(listing).stage) == (None, "listed")
            return
        assert stalls.now(listing).stage == "reserved"
        assert abs(offer.kept_until_ms - now_ms() - left_ms) < 60 * SECOND_MS
        assert buying.agreed(stalls.buyer, listing) == offer
        Pulse.objects.all().delete()  # From here on nobody was away: hours just go by.
        clock.set_ahead(DAY_MS + 3 * HOUR_MS)
        assert timers.run_due(now_ms()) == 1, "and then its time is over"
        assert buying.agreed(stalls.buyer, listing) is None
    finally:
        clock.set_ahead(0)


def test_before_the_timer_fires_the_buyer_has_the_price_yet(stalls: Stalls) -> None:
    """Whoever comes right after the outage is not told that it is over."""
    listing = stalls.sell()
    offer = stalls.answer(stalls.offer(listing), "accept", stalls.at_seller)
    of_orders.run_due(now_ms())
    clock.set_ahead(DAY_MS)
    try:
        of_orders.run_due(now_ms())
        assert offer.kept_until_ms is not None
        assert offer.kept_until_ms < now_ms()
        assert buying.agreed(stalls.buyer, listing) == offer
    finally:
        clock.set_ahead(0)
