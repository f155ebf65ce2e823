"""Deadlines do not run while we are down: nobody loses money because they could not reach us."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError

from cardtrail.deals.deadlines import Timer
from cardtrail.web.orders import outages, timers
from cardtrail.web.orders.models import Deal, Outage, Pulse
from cardtrail.web.orders.outages import GAP_MS, TIMERS, WEB, alive
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, now_ms
from tests.web.orders.market import Market
from tests.web.orders.test_disputes import decidable, disputed

pytestmark = pytest.mark.django_db


@pytest.fixture
def later() -> Any:
    yield clock.set_ahead
    clock.set_ahead(0)


@pytest.mark.database
def test_silence_is_recorded_once_when_it_ends(db: Any) -> None:
    alive(TIMERS, 1_000_000)
    alive(TIMERS, 1_000_000 + GAP_MS - 1)
    assert not Outage.objects.exists()
    alive(TIMERS, 2_000_000)
    alive(TIMERS, 2_000_000)
    [outage] = Outage.objects.all()
    assert (outage.start_ms, outage.end_ms) == (1_000_000 + GAP_MS - 1, 2_000_000)


@pytest.mark.database
def test_a_clock_that_goes_back_makes_no_outage(db: Any) -> None:
    alive(TIMERS, 5_000_000)
    alive(TIMERS, 1_000_000)
    assert Pulse.objects.get().at_ms == 5_000_000
    assert not Outage.objects.exists()


class Impatient(threading.Event):
    """Waits for nobody."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


@pytest.mark.database
def test_a_database_that_is_away_for_a_moment_does_not_silence_us_for_good(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All processes lose it together; without another beat every deadline would pause from then on."""
    stop, beats = Impatient(), []

    def beat(part: str, now: int) -> None:
        beats.append(part)
        if len(beats) == 1:
            raise OperationalError("the database is away")
        stop.set()

    monkeypatch.setattr(outages, "alive", beat)
    outages.keep_pulse(WEB, stop)
    assert beats == [WEB, WEB]


def at(deal: Deal, timer: Timer) -> int:
    found = deal.order.deadline(timer)
    assert found is not None
    return found.at_ms


@pytest.mark.parametrize("stage", ["awaiting", "delivered", "disputed", "deciding"])
def test_a_day_across_every_deadline(market: Market, later: Any, stage: str) -> None:
    """Down for 24 hours: not one deadline has passed, and each is as far away as before."""
    timers.run_due(now_ms())
    deal = {
        "awaiting": market.order,
        "delivered": market.bought,
        "disputed": lambda: disputed(market),
        "deciding": lambda: decidable(market),
    }[stage]()
    before = market.now(deal)
    left = {each.timer: each.at_ms - now_ms() for each in before.order.deadlines}
    later(DAY_MS)
    timers.run_due(now_ms())
    after = market.now(deal)
    assert (after.stage, after.dispute) == (before.stage, before.dispute)
    order = outages.counted_again(after.order, now_ms())
    assert {each.timer for each in order.deadlines} == set(left)
    for each in order.deadlines:
        assert abs(each.at_ms - now_ms() - left[each.timer]) < 20 * SECOND_MS, each.timer


def test_without_the_record_the_day_counts(market: Market, later: Any) -> None:
    """The companion: the same day with a pulse that never stopped, and the order is over."""
    deal = market.order()
    later(DAY_MS)
    timers.run_due(now_ms())
    assert market.now(deal).stage == "cancelled"


@pytest.mark.database
def test_paid_during_the_outage_it_counts_though_we_hear_of_it_first(market: Market, later: Any) -> None:
    """Everything is down for a day; at the start, the notification comes before any timer has run."""
    timers.run_due(now_ms())
    deal = market.order()
    market.play.pay(deal)
    later(DAY_MS)
    assert market.play.deliver() == [200]
    assert market.now(deal).stage == "delivered"


@pytest.mark.database
def test_no_timer_fires_while_the_pages_are_down(market: Market, later: Any) -> None:
    deal = market.order()
    alive(WEB, now_ms())
    for minutes in (0, 10, 20, 40, 80, 160):
        later(minutes * MINUTE_MS)
        Pulse.objects.filter(part=TIMERS).update(at_ms=now_ms())
        timers.run_due(now_ms())
    assert market.now(deal).stage == "awaiting_payment"
    alive(WEB, now_ms())
    timers.run_due(now_ms())
    deal = market.now(deal)
    assert deal.stage == "awaiting_payment"
    assert at(deal, Timer.PAYMENT) - now_ms() > 14 * MINUTE_MS
    later(4 * HOUR_MS)
    for part in (WEB, TIMERS):
        Pulse.objects.filter(part=part).update(at_ms=now_ms())
    timers.run_due(now_ms())
    assert market.now(deal).stage == "cancelled"
