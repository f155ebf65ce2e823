"""A fault in one order stays with it: the ledger is followed for everybody else, and the order catches up later."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import DataError, InterfaceError, InternalError, OperationalError

from cardtrail.web.ledger.follow import catch_up, position
from cardtrail.web.market.desk_kinds import KINDS
from cardtrail.web.orders import ledger_news, reconcile
from cardtrail.web.orders.apart import NOT_TAKEN
from cardtrail.web.orders.models import Deal, Matter
from tests.web.orders.market import Market

pytestmark = pytest.mark.django_db


def two_that_are_delivered(
    market: Market, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> tuple[Deal, Deal]:
    """Two orders whose cards are delivered; whoever takes in the first one's entry comes to grief."""
    sick = market.order()
    first = market.serial
    market.serial, market.listing = market.list_card()
    well = market.order()
    real = ledger_news.take_locked

    def take(deal: Deal, *events: Any, **more: Any) -> Any:
        if deal.serial == first:
            real(deal, *events, **more)  # What was written before the fault has to be undone with it.
            raise fault
        return real(deal, *events, **more)

    monkeypatch.setattr(ledger_news, "take_locked", take)
    for deal in (sick, well):
        market.play.pay(deal)
    return sick, well


def test_the_others_go_on_and_it_is_fed_in_later(
    market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        sick, well = two_that_are_delivered(market, patched, DataError("a value that fits nowhere"))
        market.play.deliver()
        market.work()
        assert market.now(well).stage == "delivered"
        assert market.now(sick).stage == "delivering"
        assert catch_up() == position().next_index == market.ledger.link.client.ledger().size
        assert "could not take in entry" in caplog.text
        [matter] = Matter.objects.filter(kind=NOT_TAKEN)
        assert (matter.deal_id, matter.facts["fault"]) == (sick.pk, "DataError")
        assert NOT_TAKEN in KINDS
    assert reconcile.run().fed == {"Delivered": 1}
    assert market.now(sick).stage == "delivered"
    assert reconcile.run().fed == {}


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError, InternalError])
def test_what_the_database_is_at_fault_for_is_not_passed_over(
    market: Market, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    """Nobody is to believe that a page was taken in of which nothing is known."""
    deal = market.order()
    market.play.pay(deal)
    with monkeypatch.context() as patched:
        patched.setattr(ledger_news, "take_locked", raising(fault("the connection is gone")))
        before = position().next_index
        with pytest.raises(fault):
            market.play.deliver()
        assert position().next_index == before
    market.work()
    assert market.now(deal).stage == "delivered"
    assert not Matter.objects.filter(kind=NOT_TAKEN).exists()


def raising(fault: Exception) -> Any:
    def take(*_: object, **more: object) -> None:
        raise fault

    return take
