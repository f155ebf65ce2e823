"""Whoever writes to the database turns no payout: an order pays the account that it was opened with, or nobody."""

from __future__ import annotations

from typing import Any

import pytest

from cardtrail.web.orders import acts, payees, reconcile
from cardtrail.web.orders.errands import ask_now
from cardtrail.web.orders.models import Deal, Errand, Matter
from cardtrail.web.orders.payees import PayeeChanged
from tests.web.orders.market import Market
from tests.web.people import witness

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def turned(market: Market, deal: Deal, **changed: Any) -> None:
    """Somebody writes into the order's row."""
    Deal.objects.filter(pk=deal.pk).update(**(changed or {"payee": f"person_{market.other.pk.hex}"}))


def other_order(market: Market) -> Deal:
    """An order of another card of the same seller's."""
    market.serial, market.listing = market.list_card()
    return market.order()


def completed(market: Market, deal: Deal) -> str:
    acts.confirm_receipt(witness(market.buyer), market.now(deal))
    market.work()
    return market.now(deal).stage


def test_nobody_is_paid_staff_hear_of_it_and_the_others_go_on(market: Market) -> None:
    deal = market.bought()
    market.serial, market.listing = market.list_card()
    other = market.bought()
    turned(market, deal)
    assert completed(market, deal) == "releasing"
    assert completed(market, other) == "completed"
    assert Errand.objects.get(deal=deal, kind="release").state == "due"
    [matter] = Matter.objects.filter(kind=payees.CHANGED)
    assert (matter.deal, matter.closed_ms) == (deal, None)
    assert matter.facts == {"provider": "sandbox", "payee": market.other.pk.hex[-4:]}
    turned(market, deal, payee=deal.payee)
    market.work()
    assert market.now(deal).stage == "completed", "put right, it goes on by itself"


def test_no_payment_is_prepared_for_it(market: Market) -> None:
    market.play.cut = True
    deal = market.order()
    market.play.cut = False
    turned(market, deal)
    market.work()
    assert market.now(deal).pay_url == ""
    assert "POST payments" not in market.play.asked
    assert Matter.objects.filter(deal=deal, kind=payees.CHANGED).exists()


def test_another_orders_account_and_seal_do_not_fit(market: Market) -> None:
    deal = market.bought()
    other = other_order(market)
    turned(market, deal, payee=other.payee, payee_seal=other.payee_seal)
    assert completed(market, deal) == "releasing"


def test_nor_does_another_provider(market: Market) -> None:
    deal = market.bought()
    turned(market, deal, provider="alipay")
    with pytest.raises(PayeeChanged):
        payees.check(market.now(deal))


def test_the_provider_is_not_asked_about_it_either(market: Market) -> None:
    """Where the account belongs to the question, "there is no such payment" would be said of another's."""
    deal = market.order()
    market.play.pay(deal, lost=True)
    turned(market, deal)
    with pytest.raises(PayeeChanged):
        ask_now(market.now(deal))
    assert acts.say_paid(market.now(deal)).stage == "payment_pending", "the buyer's page says how it stands"
    report = reconcile.run()
    assert (report.away, market.now(deal).stage) == (1, "payment_pending")


def test_without_the_seal_it_is_paid_to_whoever_is_written_there(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox pays the account that the payment was made for, so it is what is said to it that counts here."""
    monkeypatch.setattr(payees, "check", lambda _: None)
    said: list[str] = []
    release = market.play.provider.release

    def heard(payment: Any, *rest: Any) -> Any:
        said.append(payment.payee)
        return release(payment, *rest)

    monkeypatch.setattr(market.play.provider, "release", heard)
    deal = market.bought()
    turned(market, deal)
    completed(market, deal)
    assert set(said) == {f"person_{market.other.pk.hex}"}
