"""A party is suspended after the card was on its way: the seller is not paid before a person has looked, and nothing is
left hanging."""

from __future__ import annotations

import pytest

from cardtrail.deals import effects as f
from cardtrail.deals import events as e
from cardtrail.deals import order as machine
from cardtrail.deals.deadlines import Timer
from cardtrail.deals.moves import disputing
from cardtrail.deals.order import decide
from cardtrail.deals.order_table import TABLE
from cardtrail.deals.parts import Pace
from cardtrail.deals.regions import CardAt, Dispute, Gate, Outcome, Stage
from cardtrail.deals.rows import SINCE_THEN
from tests.deals.builders import (
    BUYER,
    COLLEAGUE,
    DAY,
    DELIVERED,
    HOUR,
    PRICE,
    SELLER,
    STAFF,
    after,
    at,
    delivered,
    delivering,
    disputed,
    go,
    names,
    pass_deadline,
    refusal,
    told,
)

YES, NO = e.ReviewRisk(STAFF, True), e.ReviewRisk(STAFF, False)


def suspended(who=SELLER):
    return e.PartyGone(who, "suspended")


def waiting(who=SELLER):
    """Confirmed by the buyer, and waiting for a person."""
    return after(delivered(), suspended(who), e.Confirm(BUYER))


@pytest.mark.parametrize("who", [SELLER, BUYER])
def test_nobody_is_paid_before_a_person_has_looked(who):
    order, effects = go(delivered(), suspended(who))
    assert (order.stage, order.gate) == (Stage.DELIVERED, Gate.PAYOUT_HOLD)
    assert (names(effects), told(effects)) == ([], ["payout_hold", "payout_under_review"])
    order, effects = go(order, e.Confirm(BUYER))
    assert (order.stage, names(effects)) == (Stage.CONFIRMED, ["DropWaiting"])
    assert order.deadline(Timer.REMINDER) is not None


def test_without_the_hold_a_suspended_seller_is_paid(monkeypatch):
    deaf = {pair: SINCE_THEN if pair[1] is e.PartyGone else rule for pair, rule in TABLE.items()}
    monkeypatch.setattr(machine, "TABLE", deaf)
    assert waiting().stage is Stage.RELEASING


@pytest.mark.parametrize(
    "way",
    [
        pytest.param((e.CardUsed("redeemed"),), id="used"),
        pytest.param((e.Confirm(BUYER),), id="confirmed"),
        pytest.param((e.OpenDispute(BUYER, "empty", "ab" * 32), e.DropDispute(BUYER)), id="dispute dropped"),
    ],
)
def test_no_way_to_the_payout_goes_round_it(way):
    order, effects = go(delivered(), suspended(), *way)
    assert (order.stage, "Release" in names(effects)) == (Stage.CONFIRMED, False)


def test_by_time_neither():
    order = after(delivered(Pace(HOUR, DAY)), suspended())
    order = pass_deadline(order, Timer.CONFIRM)
    order = pass_deadline(order, Timer.PAYOUT)
    assert (order.stage, order.gate) == (Stage.CONFIRMED, Gate.PAYOUT_HOLD)


def test_it_comes_in_time_between_confirmation_and_payout():
    order = after(at(Stage.CONFIRMED), suspended())
    assert pass_deadline(order, Timer.PAYOUT).stage is Stage.CONFIRMED


def test_on_its_way_the_card_arrives_all_the_same():
    order = after(delivering(), suspended(), DELIVERED, e.Confirm(BUYER))
    assert (order.stage, order.card) == (Stage.CONFIRMED, CardAt.BUYERS)


def test_what_has_left_has_left():
    order = at(Stage.RELEASING)
    assert decide(order, suspended(), order.changed_ms).after is order


def test_the_same_suspension_twice_and_a_strangers():
    order = after(delivered(), suspended())
    assert decide(order, suspended(BUYER), order.changed_ms).after is order
    order = delivered()
    assert decide(order, suspended("stranger"), order.changed_ms).after is order
    assert decide(order, e.PartyGone(SELLER, "deleted"), order.changed_ms).after is order


def test_staff_are_reminded_every_day_and_each_time_anew():
    order = waiting()
    keys = set()
    for _ in range(3):
        deadline = order.deadline(Timer.REMINDER)
        order, effects = go(order, e.DeadlinePassed(Timer.REMINDER), now_ms=deadline.at_ms)
        keys |= {effect.key for effect in effects if isinstance(effect, f.OpenCase)}
    assert (len(keys), order.stage) == (3, Stage.CONFIRMED)


def test_a_yes_pays():
    order, effects = go(waiting(), YES)
    assert (order.stage, order.gate, names(effects)) == (Stage.RELEASING, Gate.ALLOWED, ["Release"])
    assert order.deadline(Timer.REMINDER) is None


def test_an_early_yes_leaves_the_order_its_time():
    assert after(delivered(), suspended(), YES).stage is Stage.DELIVERED
    order = after(at(Stage.CONFIRMED), suspended(), YES)
    assert (order.stage, order.gate) == (Stage.CONFIRMED, Gate.ALLOWED)
    assert pass_deadline(order, Timer.PAYOUT).stage is Stage.RELEASING


def test_a_second_suspension_after_a_yes_is_a_case_of_its_own():
    first, effects = go(delivered(), suspended())
    _, again = go(after(first, YES), suspended(BUYER))
    cases = [each.key for each in (*effects, *again) if isinstance(each, f.OpenCase)]
    assert len(set(cases)) == 2


def test_a_no_leaves_it_to_a_person_with_the_card_stopped():
    order, effects = go(waiting(), NO)
    assert (order.stage, order.dispute, order.card) == (Stage.DISPUTED, Dispute.ESCALATED, CardAt.FREEZING)
    assert names(effects) == ["Freeze"]
    assert order.dispute_reason == "payout_review"
    back = after(order, e.Frozen(), e.DecideDispute(COLLEAGUE, Outcome.REFUND))
    assert (back.stage, back.card) == (Stage.REFUNDING, CardAt.GIVING_BACK)
    paid = after(order, e.Frozen(), e.DecideDispute(COLLEAGUE, Outcome.RELEASE))
    assert paid.stage is Stage.RELEASING


def refused():
    """A person would not have the seller paid, and none has decided yet."""
    return after(waiting(), NO, e.Frozen())


@pytest.mark.parametrize(
    "event",
    [e.DropDispute(BUYER), e.ProposeSplit(SELLER, 1), e.AcceptSplit(BUYER, 1)],
    ids=lambda each: type(each).__name__,
)
def test_after_a_no_the_two_do_not_settle_it_between_them(event):
    assert refusal(refused(), event) == "staff_decide"


def test_after_a_no_using_the_card_pays_nobody():
    order, effects = go(after(waiting(), NO), e.CardUsed("redeemed"))
    assert (order.stage, order.dispute, order.card_used) == (Stage.DISPUTED, Dispute.ESCALATED, True)
    assert names(effects) == []
    assert after(order, e.DecideDispute(COLLEAGUE, Outcome.RELEASE)).stage is Stage.RELEASING


def test_after_a_no_a_chargeback_that_is_won_leads_back_to_staff():
    order, effects = go(refused(), e.ChargedBack("p1", PRICE), e.ChargebackEnded("p1", True))
    assert (order.stage, order.dispute, names(effects)) == (Stage.DISPUTED, Dispute.ESCALATED, [])
    assert order.deadline(Timer.REMINDER) is not None
    assert after(order, e.DecideDispute(COLLEAGUE, Outcome.RELEASE)).stage is Stage.RELEASING


def test_what_comes_back_to_staff_is_a_case_of_its_own():
    """Else they would hear of it with the next day's reminder only."""
    order, first = go(waiting(), NO)
    while_contested = after(order, e.Frozen(), e.ChargedBack("p1", PRICE))
    assert while_contested.dispute is not Dispute.ESCALATED
    _, again = go(while_contested, e.ChargebackEnded("p1", True))
    keys = [
        [each.key for each in effects if isinstance(each, f.OpenCase) and each.what == "decide_escalated"]
        for effects in (first, again)
    ]
    assert [len(each) for each in keys] == [1, 1]
    assert keys[0] != keys[1]


def test_after_a_no_the_seller_may_still_give_the_money_back_and_a_second_suspension_changes_nothing():
    assert after(refused(), e.Concede(SELLER), e.GivenBack()).stage is Stage.REFUNDING
    order = refused()
    assert decide(order, suspended(BUYER), order.changed_ms).after is order


def test_if_a_no_opened_the_gate_the_buyer_alone_would_have_the_seller_paid(monkeypatch):
    monkeypatch.setattr(disputing, "staff_alone", lambda _: False)
    assert after(refused(), e.DropDispute(BUYER)).stage is Stage.RELEASING


def test_a_no_while_others_decide_is_told_so():
    for order in (after(disputed(), suspended()), after(at(Stage.CONTESTED), suspended())):
        assert refusal(order, NO) == "payout_not_yet"
    assert after(disputed(), suspended(), YES).stage is Stage.DISPUTED


def test_a_party_does_not_review_it():
    assert refusal(waiting(), e.ReviewRisk(SELLER, True)) == "own_case"


def test_money_that_goes_back_waits_for_nobody():
    order = after(disputed(), suspended(), e.Concede(SELLER), e.GivenBack())
    assert (order.stage, order.gate) == (Stage.REFUNDING, Gate.MOOT)
    reversed_ = after(at(Stage.CONTESTED), suspended(), e.Frozen(), e.ChargebackEnded("p1", False))
    assert (reversed_.stage, reversed_.gate) == (Stage.REVERSED, Gate.MOOT)


def test_a_chargeback_that_is_won_leads_back_to_the_review():
    order = after(waiting(), e.ChargedBack("p1", PRICE), e.Frozen(), e.ChargebackEnded("p1", True))
    assert (order.stage, order.gate) == (Stage.CONFIRMED, Gate.PAYOUT_HOLD)
    assert order.deadline(Timer.REMINDER) is not None
    assert after(order, YES).stage is Stage.RELEASING
