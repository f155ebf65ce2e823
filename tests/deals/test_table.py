"""The order's table: total, walked whole, and nothing in it that never happens without a reason."""

from __future__ import annotations

import typing
from collections import defaultdict

import pytest

from cardtrail.deals import events, order, order_table
from cardtrail.deals.codes import Code, Refused
from cardtrail.deals.events import ByPerson, DeadlinePassed
from cardtrail.deals.order import decide
from cardtrail.deals.order_table import ORDER_TIMERS, REGION, TABLE, TRIGGERS, WHO
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Stage, StrayAt
from cardtrail.deals.rows import NOT_RUNNING, Nothing, holes, on, table
from cardtrail.deals.tangle import Tangled
from tests.deals.builders import BUYER, PRICE, SELLER, at, delivered, new, payment
from tests.deals.walked import walked

REGIONS = (Stage, CardAt, Funds, Dispute, Gate, StrayAt)
ALL_EVENTS = typing.get_args(events.AnyEvent)


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.__name__)
def test_no_pair_is_missing(region):
    assert holes(TABLE, region, TRIGGERS[region]) == []


def test_every_event_and_every_timer_has_a_region():
    triggers = {trigger for triggers in TRIGGERS.values() for trigger in triggers}
    assert {event for event in ALL_EVENTS if event is not DeadlinePassed} | set(ORDER_TIMERS) == triggers
    assert set(REGION) == triggers


def test_a_missing_pair_is_found_and_a_double_one_refused():
    one_less = {pair: rule for pair, rule in TABLE.items() if pair != (Stage.DELIVERED, events.Confirm)}
    assert holes(one_less, Stage, TRIGGERS[Stage]) == [(Stage.DELIVERED, events.Confirm)]
    row = on(events.Confirm, Code.ORDER_OVER, Stage.DELIVERED)
    with pytest.raises(ValueError, match="two rules"):
        table((row, row))


def test_a_missing_rule_is_loud(monkeypatch):
    one_less = {pair: rule for pair, rule in TABLE.items() if pair != (Stage.DELIVERED, events.Confirm)}
    monkeypatch.setattr(order, "TABLE", one_less)
    with pytest.raises(LookupError, match="no rule for Confirm"):
        decide(delivered(), events.Confirm(BUYER), delivered().changed_ms)


def test_whatever_happens_to_any_order_is_answered():
    """Not one exception in all that can happen to all orders that can come about; `untangled` was asked each time."""
    assert walked().count > 100_000


def test_every_stage_comes_about():
    assert {order.stage for order in walked().orders} == set(Stage)


def test_what_is_over_stays_over():
    assert walked().moved_ends == []


def unreached():
    return {pair for pair, rule in TABLE.items() if pair not in walked().pairs and rule is not NOT_RUNNING}


ALLOWED_UNREACHED = {
    # A timer that runs in none of the states in which it would mean nothing.
    "the payout's time runs from delivery to the payout": {
        (stage, order_table.Timer.PAYOUT)
        for stage in Stage
        if stage not in (Stage.DELIVERED, Stage.DISPUTED, Stage.CONTESTED, Stage.CONFIRMED)
    },
    "the provider is asked only while it owes an answer": {
        (funds, order_table.Timer.MONEY) for funds in (Funds.REFUNDED, Funds.RELEASED, Funds.SPLIT)
    },
    "a payment of an order is known by its id only once it is accepted": {
        (funds, kind)
        for funds in (Funds.NONE, Funds.PENDING)
        for kind in (events.Refunded, events.RefundRefused, events.ChargedBack, events.ChargebackEnded)
    },
}


def test_every_pair_comes_about_but_for_a_reason():
    allowed = set().union(*ALLOWED_UNREACHED.values())
    assert unreached() - allowed == set()


@pytest.mark.parametrize("kind", ALL_EVENTS, ids=lambda kind: kind.__name__)
def test_people_are_checked_before_anything_else(kind):
    """Whatever the state: who is not entitled is told so, and learns nothing of the order."""
    assert (kind in WHO) == issubclass(kind, ByPerson)


SAMPLES = {
    events.Cancel: events.Cancel,
    events.Confirm: events.Confirm,
    events.OpenDispute: lambda by: events.OpenDispute(by, "x", "0" * 64),
    events.DropDispute: events.DropDispute,
    events.Concede: events.Concede,
    events.GiveEvidence: lambda by: events.GiveEvidence(by, "0" * 64),
    events.EvidenceDone: events.EvidenceDone,
    events.ProposeSplit: lambda by: events.ProposeSplit(by, 1),
    events.AcceptSplit: lambda by: events.AcceptSplit(by, 1),
    events.AcceptDecision: events.AcceptDecision,
    events.Appeal: lambda by: events.Appeal(by, "0" * 64),
    events.DecideDispute: lambda by: events.DecideDispute(by, order_table.events.Outcome.RELEASE),
    events.DecideAppeal: lambda by: events.DecideAppeal(by, order_table.events.Outcome.RELEASE),
    events.ReviewRisk: lambda by: events.ReviewRisk(by, True),
}


@pytest.mark.parametrize("stage", Stage, ids=lambda stage: stage.value)
@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
def test_nobody_acts_for_another(stage, kind):
    order_ = at(stage)
    wrong = {
        order_table.BY_BUYER: {SELLER: "not_the_buyer", "stranger": "not_a_party"},
        order_table.BY_SELLER: {BUYER: "not_the_seller", "stranger": "not_a_party"},
        order_table.BY_A_PARTY: {"stranger": "not_a_party"},
        order_table.BY_STAFF: {BUYER: "own_case", SELLER: "own_case"},
    }
    (group,) = [group for group in wrong if kind in group]
    for by, code in wrong[group].items():
        answer = decide(order_, SAMPLES[kind](by), order_.changed_ms)
        assert isinstance(answer, Refused)
        assert answer.code.code == code


def test_a_no_op_gives_back_the_very_order():
    over = at(Stage.COMPLETED)
    answer = decide(over, events.Released(PRICE), over.changed_ms)
    assert not isinstance(answer, Refused)
    assert answer.after is over
    assert answer.effects == ()


def test_rules_are_of_three_kinds():
    kinds = defaultdict(int)
    for rule in TABLE.values():
        kinds["move" if callable(rule) else type(rule).__name__] += 1
    assert set(kinds) == {"move", "Nothing", "Code"}
    assert all(rule.why for rule in TABLE.values() if isinstance(rule, Nothing))


def test_a_tangled_order_is_never_given_out(monkeypatch):
    """With a move that forgets the money, the decision is a loud bug instead of a stored one."""

    def forgetful(draft, event):
        draft.set(stage=Stage.COMPLETED)

    monkeypatch.setattr(order, "TABLE", {**TABLE, (Stage.DELIVERED, events.Confirm): forgetful})
    with pytest.raises(Tangled, match="completed"):
        decide(delivered(), events.Confirm(BUYER), delivered().changed_ms)


def test_an_order_without_a_timer_is_never_given_out(monkeypatch):
    def timeless(draft, event):
        draft.keep_only()

    monkeypatch.setattr(order, "TABLE", {**TABLE, (Stage.AWAITING_PAYMENT, events.Paid): timeless})
    with pytest.raises(Tangled, match="waits for no time"):
        decide(new(), events.Paid(payment()), new().changed_ms)
