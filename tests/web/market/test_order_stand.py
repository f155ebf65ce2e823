"""Whatever an order can be at, both parties read something, and every place in the words is filled."""

from __future__ import annotations

from string import Formatter

import pytest
from msgspec.structs import replace

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Dispute, Gate, Outcome, Side, Stage
from cardtrail.web.market import order_dispute
from cardtrail.web.market.order_acts import ACTS
from cardtrail.web.market.order_clock import clock_of
from cardtrail.web.market.order_stand import STAGE_WORDS, sellers_card, stand_of
from cardtrail.web.market.order_steps import steps_of
from cardtrail.web.ui.texts import Text
from tests.deals.walked import walked

PLACES = {"provider", "price", "back", "paid_out", "card"}
OF_ACTS = {"last", "price", "part", "rest", "provider"}


@pytest.fixture(scope="module")
def orders() -> list[Order]:
    """One order of each sort that can come about."""
    return walked().orders


def places(text: Text) -> set[str]:
    return {name for words in (text.zh, text.en) for _, name, _, _ in Formatter().parse(words) if name}


def test_every_order_that_can_come_about_has_its_words(orders: list[Order]) -> None:
    assert {order.stage for order in orders} == set(Stage) == set(STAGE_WORDS)
    for order in orders:
        for side in Side:
            stand = stand_of(order, side)
            assert stand.title.zh
            assert stand.title.en
            assert places(stand.title) | places(stand.text) <= PLACES
        assert sellers_card(order).zh
        assert order_dispute.whereabouts(order).en
        assert len(order_dispute.possible(order)) == 3


def test_a_decision_is_told_as_it_went_and_to_whom_it_leaves_an_appeal(orders: list[Order]) -> None:
    decided = [order for order in orders if order.dispute is Dispute.DECIDED]
    assert decided
    for order in decided:
        assert order.appeal_open
        titles = set()
        for outcome in Outcome:
            again = replace(order, decisions=(replace(order.decisions[-1], outcome=outcome),))
            [title] = {str(stand_of(again, side).title) for side in Side}
            titles.add(title)
        assert titles == {"裁决：退款给买家", "裁决：付款给卖家", "裁决：双方分款"}
        for side in Side:
            stand = stand_of(order, side)
            assert ("你若不服" in stand.text.zh) == (side in order.appeal_open)
            assert ("you can appeal" in stand.text.en) == (side in order.appeal_open)


def test_whose_money_it_was_is_told_to_the_buyer_alone(orders: list[Order]) -> None:
    held = [order for order in orders if order.stage is Stage.FUNDED and order.gate is Gate.HOLD]
    assert held
    for order in held:
        assert order.payment is not None
        for fits in (True, False):
            again = replace(order, payment=replace(order.payment, payer_fits=fits))
            assert ("付款账户不是你本人的" in stand_of(again, Side.BUYER).text.zh) is not fits
            assert "付款账户" not in stand_of(again, Side.SELLER).text.zh


def test_a_clock_says_what_happens_when_it_is_over(orders: list[Order]) -> None:
    clocks = [clock_of(order, side) for order in orders for side in Side]
    assert all(clock is None or (clock.then.zh and clock.then.en) for clock in clocks)
    waiting = [order for order in orders if order.stage is Stage.DELIVERED]
    assert waiting
    assert all(clock_of(order, Side.BUYER) for order in waiting)


def test_an_end_is_no_step_with_others_ahead(orders: list[Order]) -> None:
    for order in orders:
        stops = steps_of(order, [])
        assert stops[0].at_ms == order.opened_ms
        if order.terminal:
            assert all(stop.at_ms is not None for stop in stops)


def test_only_who_is_asked_something_is_asked(orders: list[Order]) -> None:
    for order in orders:
        if order.terminal:
            assert stand_of(order, Side.BUYER).next in {"", "card"}
            assert stand_of(order, Side.SELLER).next == ""
        if order.dispute is Dispute.NONE:
            assert stand_of(order, Side.SELLER).next == ""


def test_what_follows_from_an_act_names_nothing_unknown() -> None:
    for act in ACTS.values():
        assert places(act.follows) <= OF_ACTS


def test_when_the_seller_is_paid_is_said_as_it_is(orders: list[Order]) -> None:
    delivered = [order for order in orders if order.stage is Stage.DELIVERED]
    by_itself = [order for order in delivered if order.gate is not Gate.PAYOUT_HOLD]
    assert by_itself
    for order in by_itself:
        assert order.deadline(Timer.PAYOUT) is not None
        assert "不早于" in stand_of(order, Side.SELLER).text.zh
        at_once = replace(order, deadlines=())
        assert "银行" not in stand_of(at_once, Side.SELLER).text.zh
        assert "bank" not in stand_of(at_once, Side.SELLER).text.en


def test_nobody_is_promised_money_that_a_person_has_to_look_at_first(orders: list[Order]) -> None:
    stages = (Stage.DELIVERED, Stage.CONFIRMED)
    held = [order for order in orders if order.gate is Gate.PAYOUT_HOLD and order.stage in stages]
    assert {order.stage for order in held} == set(stages)
    for order in held:
        text = stand_of(order, Side.SELLER).text
        assert "工作人员" in text.zh
        assert "our staff" in text.en
        assert "银行" not in text.zh  # That is not why they wait.
        if order.stage is Stage.CONFIRMED:
            assert "归你" not in stand_of(order, Side.BUYER).text.zh
            assert [clock_of(order, side) for side in (*Side, None)] == [None] * 3


def test_when_the_seller_is_paid_is_not_the_buyers_affair(orders: list[Order]) -> None:
    waiting = [
        order for order in orders if order.stage is Stage.CONFIRMED and order.gate is not Gate.PAYOUT_HOLD
    ]
    assert waiting
    for order in waiting:
        assert clock_of(order, Side.BUYER) is None
        seller, staff = clock_of(order, Side.SELLER), clock_of(order, None)
        assert seller is not None
        assert staff is not None
        assert seller.then.zh == "到时付款给你"
        assert staff.then.zh == "到时付款给卖家"
