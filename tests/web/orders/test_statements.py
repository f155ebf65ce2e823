"""How many statements a decision costs: what is not counted grows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cardtrail.client.errors import NodeUnavailable
from cardtrail.deals import events
from cardtrail.web.ledger.follow import catch_up, position
from cardtrail.web.orders import incoming, rounds
from cardtrail.web.orders.deciding import Taken, do, take
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.opening import open_deal
from tests.web.orders.market import Market
from tests.web.people import witness

pytestmark = pytest.mark.django_db


def statements(act: Callable[[], Any]) -> int:
    """How many statements an act sends, begin and commit apart."""
    with CaptureQueriesContext(connection) as seen:
        act()
    asked = [query["sql"] for query in seen.captured_queries]
    return len([sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])


def test_an_order_is_opened(market: Market) -> None:
    who, offer = witness(market.buyer), market.offer()
    assert statements(lambda: open_deal(who, market.buyer, offer)) == 5


def test_a_decision_that_changes_nothing(market: Market) -> None:
    deal = market.order()
    assert statements(lambda: take(deal.pk, events.StillHeld())) == 1


def test_a_payment_is_taken_and_the_card_let_go(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal)
    [(_, body)] = market.play.news()
    event = market.play.event(body)
    assert statements(lambda: incoming.receive("sandbox", event, body, {})) == 9


def paid(market: Market) -> tuple[Deal, Callable[[], Taken | None]]:
    """An order, and how the notification comes that it is paid."""
    deal = market.order()
    market.play.pay(deal)
    _, body = market.play.news()[-1]
    event = market.play.event(body)
    return deal, lambda: incoming.receive("sandbox", event, body, {})


def test_a_paid_order_is_delivered(market: Market) -> None:
    """From the notification until both are told that the card is the buyer's."""
    market.bought()  # What is done once for a person, such as their keys, is done.
    market.serial, market.listing = market.list_card()
    deal, notified = paid(market)

    def deliver() -> None:
        taken = notified()
        assert taken is not None
        do(taken)

    assert statements(deliver) <= 43
    assert market.regions(deal)[:2] == ("delivered", "buyers")


def test_those_that_are_delivered_together_cost_less(market: Market) -> None:
    """One request to the node and one page of the projection, whatever their number."""
    market.bought()
    costs = []
    for count in (1, 4):
        taken = []
        for _ in range(count):
            market.serial, market.listing = market.list_card()
            one = paid(market)[1]()
            assert one is not None
            taken.append(one)
        let_go = [id for one in taken for id in one.to_do.confirmations]
        assert len(let_go) == count
        costs.append(statements(partial(rounds.perform, let_go)))
        assert {market.now(one.deal).stage for one in taken} == {"delivered"}
    alone, four = costs
    assert alone <= 33
    assert four <= alone + 3 * 14


def test_what_another_process_let_go_is_done_in_the_same_round(market: Market) -> None:
    """Many processes that do one each would cost what they cost alone."""
    market.bought()
    deals = []
    for _ in range(3):
        market.serial, market.listing = market.list_card()
        deal, notified = paid(market)
        taken = notified()
        assert taken is not None
        deals.append((deal, taken))
    _, mine = deals[0]
    rounds.perform(mine.to_do.confirmations)
    assert {market.now(deal).stage for deal, _ in deals} == {"delivered"}


def test_whoever_has_seen_their_entry_does_not_ask_the_node_again(market: Market) -> None:
    seen = position().next_index
    market.ledger.wire.cut = True
    assert catch_up(until=seen - 1) == seen
    with pytest.raises(NodeUnavailable):
        catch_up(until=seen)
    market.ledger.wire.cut = False
    market.ledger.issue(1)
    assert catch_up(until=seen) > seen
