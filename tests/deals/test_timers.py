"""Timers to the millisecond, and what pauses them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.deals import events as e
from cardtrail.deals.codes import Refused
from cardtrail.deals.deadlines import DAY_MS, Outage, Timer, paused, started
from cardtrail.deals.order import decide
from cardtrail.deals.outages import with_outages
from cardtrail.deals.parameters import INSPECTION_MS, MOST_INSPECTION_MS, PERIODS, Risk
from cardtrail.deals.parts import Pace, pace
from cardtrail.deals.regions import Advice, Dispute, Gate, Stage
from tests.deals.builders import (
    ALLOW,
    BUYER,
    DAY,
    DISPUTE,
    HOUR,
    PAID,
    PRICE,
    SELLER,
    STAFF,
    T0,
    after,
    deciding,
    delivered,
    disputed,
    funded,
    new,
    pass_deadline,
    payment,
    refusal,
)

MINUTE = 60_000
DECIDED = (e.DecideDispute(STAFF, e.Outcome.RELEASE),)
LENGTHS = {
    # timer: (an order in which it runs, its length, what tells that it took effect)
    Timer.PAYMENT: (new, 15 * MINUTE, lambda o: o.stage is Stage.CANCELLED),
    Timer.PENDING: (lambda: after(new(), e.PaymentBegun()), 2 * HOUR, lambda o: o.stage is Stage.CANCELLED),
    Timer.VERDICT: (funded, 10 * MINUTE, lambda o: o.gate is Gate.HOLD),
    Timer.STEP_UP: (
        lambda: after(funded(), e.Verdict(1, Advice.STEP_UP)), 30 * MINUTE, lambda o: o.stage is Stage.REFUNDING,
    ),
    Timer.RISK_HOLD: (
        lambda: after(funded(), e.Verdict(1, Advice.HOLD)), 24 * HOUR, lambda o: o.stage is Stage.REFUNDING,
    ),
    Timer.RECONCILE: (lambda: after(funded(), ALLOW), 10 * MINUTE, lambda o: o.asks == 1),
    Timer.CONFIRM: (delivered, 72 * HOUR, lambda o: o.stage is Stage.RELEASING),
    Timer.PAYOUT: (
        lambda: after(delivered(Pace(HOUR, DAY)), e.Confirm(BUYER)), DAY, lambda o: o.stage is Stage.RELEASING,
    ),
    Timer.EVIDENCE_BUYER: (disputed, 48 * HOUR, lambda o: o.dispute is Dispute.DECIDING),
    Timer.EVIDENCE_SELLER: (
        lambda: after(disputed(), e.EvidenceDone(BUYER)), 48 * HOUR, lambda o: o.dispute is Dispute.DECIDING,
    ),
    Timer.DECISION: (deciding, 5 * DAY, lambda o: o.deadline(Timer.REMINDER) is not None),
    Timer.APPEAL: (lambda: after(deciding(), *DECIDED), 7 * DAY, lambda o: o.dispute is Dispute.FINAL),
    Timer.APPEAL_DECISION: (
        lambda: after(deciding(), *DECIDED, e.Appeal(BUYER, "0" * 64)), 5 * DAY,
        lambda o: o.deadline(Timer.REMINDER) is not None,
    ),
    Timer.MONEY: (lambda: after(delivered(), e.Confirm(BUYER)), 5 * MINUTE, lambda o: o.asks == 1),
    Timer.CHARGEBACK: (
        lambda: after(delivered(), e.ChargedBack("p1", PRICE)), 120 * DAY, lambda o: o.stage is Stage.REVERSED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("timer", LENGTHS, ids=lambda timer: timer.value)
def test_a_timer_to_the_millisecond(timer):
    make, length_ms, took_effect = LENGTHS[timer]
    order = make()
    deadline = order.deadline(timer)
    assert deadline.at_ms - deadline.anchor_ms == length_ms
    early = decide(order, e.DeadlinePassed(timer), deadline.at_ms - 1)
    assert not took_effect(early.after)
    for late_ms in (0, 1):
        assert took_effect(pass_deadline(order, timer, late_ms))


def test_the_hard_stop_to_the_millisecond():
    order = disputed()
    opened_ms = order.dispute_opened_ms
    assert order.deadline(Timer.HARD_STOP).at_ms == opened_ms + 30 * DAY
    order = after(
        order, *(e.DeadlinePassed(Timer.DECISION) for _ in range(1)), now_ms=opened_ms + 30 * DAY - 1
    )
    assert order.dispute is Dispute.DECIDING
    order = after(order, e.DeadlinePassed(Timer.HARD_STOP), now_ms=opened_ms + 30 * DAY)
    assert (order.dispute, order.stage) == (Dispute.FINAL, Stage.DISPUTED)
    assert after(order, e.GivenBack()).stage is Stage.REFUNDING


def test_every_timer_of_an_order_has_its_test():
    others = {Timer.HARD_STOP, Timer.REMINDER, Timer.LISTING, Timer.OFFER}
    assert set(LENGTHS) | others == set(Timer)


def test_staff_are_reminded_every_day_until_the_hard_stop():
    order = pass_deadline(deciding(), Timer.DECISION)
    keys = set()
    while order.dispute is Dispute.DECIDING:
        first = order.deadlines[0]
        answer = decide(order, e.DeadlinePassed(first.timer), first.at_ms)
        keys |= {effect.key for effect in answer.effects if "case/decide_dispute" in effect.key}
        order = answer.after
    assert len(keys) == 24
    assert order.dispute is Dispute.FINAL


def test_how_late_a_timer_fires_makes_no_difference():
    """The buyer who disputes one millisecond too late is too late, whether or not anything has fired the timer."""
    order = delivered()
    end_ms = order.deadline(Timer.CONFIRM).at_ms
    assert after(order, DISPUTE, now_ms=end_ms - 1).stage is Stage.DISPUTED
    assert refusal(order, DISPUTE, end_ms) == "dispute_after_confirmation"
    fired = after(order, e.DeadlinePassed(Timer.CONFIRM), now_ms=end_ms)
    assert refusal(fired, DISPUTE) == "dispute_after_confirmation"


def test_a_payment_after_the_time_goes_back_even_if_no_timer_fired():
    order = new()
    end_ms = order.deadline(Timer.PAYMENT).at_ms
    assert after(order, PAID, now_ms=end_ms - 1).stage is Stage.FUNDED
    late = after(order, PAID, now_ms=end_ms)
    assert late.stage is Stage.CANCELLED
    assert [stray.why for stray in late.strays] == ["late"]


def test_trying_to_pay_again_and_again_wins_no_time():
    order = after(new(), e.PaymentBegun(), now_ms=T0 + 14 * MINUTE)
    order = after(order, e.PaymentFailed(), now_ms=T0 + 15 * MINUTE - 1)
    assert order.deadline(Timer.PAYMENT).at_ms == T0 + 15 * MINUTE
    order = after(order, e.PaymentBegun(), now_ms=T0 + 15 * MINUTE - 1)
    assert after(order, e.PaymentFailed(), now_ms=T0 + 15 * MINUTE).stage is Stage.CANCELLED


def test_a_clock_that_goes_back_changes_no_time_that_was_stated():
    order = after(new(), PAID, now_ms=T0 + MINUTE)
    order = after(order, ALLOW, now_ms=T0 - DAY)
    assert order.changed_ms == T0 + MINUTE
    assert order.deadline(Timer.RECONCILE).anchor_ms == T0 + MINUTE


def test_who_is_asked_and_says_nothing_is_asked_ever_less_often():
    order = after(funded(), ALLOW)
    times = []
    for _ in range(12):
        deadline = order.deadline(Timer.RECONCILE)
        times.append(deadline.at_ms - T0)
        order = after(order, e.DeadlinePassed(Timer.RECONCILE), now_ms=deadline.at_ms)
    assert times[:4] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE]
    assert max(b - a for a, b in pairwise(times)) == DAY


# Outages


@pytest.mark.parametrize(
    ("outage", "later_ms"),
    [
        ((T0 - HOUR, T0), 0),  # over when it began
        ((T0 - HOUR, T0 + MINUTE), MINUTE),  # only what it ran into
        ((T0 + MINUTE, T0 + 2 * MINUTE), MINUTE),
        ((T0 + MINUTE, T0 + 25 * HOUR), 25 * HOUR - MINUTE),
        ((T0 + 15 * MINUTE - 1, T0 + 24 * HOUR), 24 * HOUR - 15 * MINUTE + 1),  # 1 ms was left
        ((T0 + 15 * MINUTE, T0 + 24 * HOUR), 0),  # it had its whole length
    ],
)
def test_a_deadline_pauses_over_an_outage(outage, later_ms):
    order = with_outages(new(), [Outage(*outage)])
    assert order.deadline(Timer.PAYMENT).at_ms == T0 + 15 * MINUTE + later_ms


def test_a_day_without_us_ends_no_dispute():
    """Attack row 9: 24 h of outage across every deadline."""
    order = disputed()
    outage = Outage(order.changed_ms + HOUR, order.changed_ms + 25 * HOUR)
    there = with_outages(order, [outage])
    assert all(
        later.at_ms - sooner.at_ms == 24 * HOUR
        for sooner, later in zip(order.deadlines, there.deadlines, strict=True)
    )
    assert there.version == order.version + 1
    assert with_outages(there, [outage]) is there


def test_an_outage_may_lead_into_another():
    deadline = started(Timer.PAYMENT, T0, 15 * MINUTE)
    outages = [Outage(T0 + 10 * MINUTE, T0 + 20 * MINUTE), Outage(T0 + 22 * MINUTE, T0 + 32 * MINUTE)]
    assert paused(deadline, outages).at_ms == T0 + 35 * MINUTE
    assert paused(deadline, outages[:1]).at_ms == T0 + 25 * MINUTE


SPANS = st.tuples(st.integers(0, 200), st.integers(0, 60)).map(
    lambda span: Outage(span[0], span[0] + span[1])
)


@given(st.lists(SPANS, max_size=6), st.integers(0, 100), st.integers(0, 100), st.randoms())
def test_a_paused_deadline_has_its_whole_length_outside_outages(outages, anchor_ms, length_ms, dice):
    deadline = started(Timer.OFFER, anchor_ms, length_ms)
    end_ms = paused(deadline, outages).at_ms
    away = {ms for outage in outages for ms in range(outage.start_ms, outage.end_ms)}
    assert len([ms for ms in range(anchor_ms, end_ms) if ms not in away]) == length_ms
    shuffled = dice.sample(outages, len(outages))
    assert paused(paused(deadline, outages), shuffled).at_ms == end_ms


def test_an_outage_does_not_end_before_it_starts():
    with pytest.raises(ValueError, match="ends after it starts"):
        Outage(2, 1)


# Days


@pytest.mark.parametrize(
    ("start", "days_later"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)),  # a short month
        (datetime(2028, 2, 28, tzinfo=UTC), datetime(2028, 3, 29, tzinfo=UTC)),  # a leap day
        (datetime(2026, 12, 15, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 14, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_thirty_days_are_thirty_times_24_hours(start, days_later):
    ms = int(start.timestamp()) * 1000
    assert (
        started(Timer.HARD_STOP, ms, PERIODS[Timer.HARD_STOP].length_ms).at_ms
        == int(days_later.timestamp()) * 1000
    )


def test_a_clock_put_forward_for_the_summer_shortens_nothing():
    """In Berlin the night of 29 March 2026 has an hour less: 48 h later the clock on the wall shows an hour more."""
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, 18, tzinfo=berlin)
    end_ms = started(Timer.EVIDENCE_BUYER, int(start.timestamp()) * 1000, 48 * HOUR).at_ms
    assert datetime.fromtimestamp(end_ms / 1000, berlin).isoformat() == "2026-03-30T19:00:00+02:00"
    assert PERIODS[Timer.EVIDENCE_BUYER].length_ms == 2 * DAY_MS


# Pace


@pytest.mark.parametrize("reversible", [False, True])
@pytest.mark.parametrize("risk", Risk, ids=lambda risk: risk.value)
def test_the_pace_is_within_the_design(risk, reversible):
    made = pace(risk, reversible=reversible)
    assert 0 <= made.inspection_ms <= MOST_INSPECTION_MS == 72 * HOUR


def test_more_risk_is_never_faster():
    for reversible in (False, True):
        times = [INSPECTION_MS[risk, reversible] for risk in Risk]
        assert times == sorted(times)
    assert all(INSPECTION_MS[risk, True] >= INSPECTION_MS[risk, False] for risk in Risk)


def test_without_inspection_it_is_confirmed_as_it_is_delivered():
    order = after(new(Pace(0)), PAID, ALLOW, e.Delivered(1))
    assert order.stage is Stage.RELEASING


def test_the_payouts_time_cannot_be_gone_round():
    """Attack row 20: neither by confirming at once, nor by a dispute that is taken back or settled for a cent."""
    slow = Pace(HOUR, 48 * HOUR)
    order = delivered(slow)
    ways = {
        "confirm": (e.Confirm(BUYER),),
        "take back": (DISPUTE, e.DropDispute(BUYER)),
        "settle": (DISPUTE, e.ProposeSplit(SELLER, 1), e.AcceptSplit(BUYER, 1)),
        "use": (e.CardUsed("redeemed"),),
    }
    for way in ways.values():
        there = after(order, *way)
        assert there.stage is Stage.CONFIRMED
        deadline = there.deadline(Timer.PAYOUT)
        assert deadline.at_ms == order.delivered_ms + 48 * HOUR
        assert (
            after(there, e.DeadlinePassed(Timer.PAYOUT), now_ms=deadline.at_ms - 1).stage is Stage.CONFIRMED
        )
        assert pass_deadline(there, Timer.PAYOUT).stage in (Stage.RELEASING, Stage.SPLITTING)


def test_nothing_is_due_at_an_end():
    order = after(delivered(), e.Confirm(BUYER), e.Released(PRICE))
    assert order.next_ms is None
    answer = decide(order, e.Paid(payment("p2")), order.changed_ms)
    assert not isinstance(answer, Refused)
    assert answer.after.next_ms is not None  # What arrives late goes back, and that is watched.
