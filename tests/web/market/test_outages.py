"""An outage of ours takes nobody's time to answer an offer."""

from __future__ import annotations

import pytest

from cardtrail.web.market import timers
from cardtrail.web.market.models import Round
from cardtrail.web.orders import timers as of_orders
from cardtrail.web.orders.models import Outage
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, SECOND_MS, now_ms
from tests.web.market.stalls import Stalls

pytestmark = [pytest.mark.django_db, pytest.mark.database]


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
