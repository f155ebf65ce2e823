"""How many statements a decision costs: what is not counted grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cardtrail.deals import events
from cardtrail.web.orders import incoming
from cardtrail.web.orders.deciding import take
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
    assert statements(lambda: open_deal(who, market.buyer, offer)) == 7


def test_a_decision_that_changes_nothing(market: Market) -> None:
    deal = market.order()
    assert statements(lambda: take(deal.pk, events.StillHeld())) == 1


def test_a_payment_is_taken_and_the_card_let_go(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal)
    [(_, body)] = market.play.news()
    event = market.play.event(body)
    assert statements(lambda: incoming.receive("sandbox", event, body, {})) <= 18
