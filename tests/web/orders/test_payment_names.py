"""A bank takes back a payment that is not the order's newest one, and the provider names nothing but that payment."""

from __future__ import annotations

import pytest

from cardtrail.payments import port
from cardtrail.web.orders import incoming, payment_names
from cardtrail.web.orders.deciding import go
from cardtrail.web.orders.errands import ask_now
from cardtrail.web.orders.models import Deal, Incoming, Matter, PaymentName
from cardtrail.web.ui.clock import now_ms
from tests.web.actions.sales import PRICE
from tests.web.orders.market import Market

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def paid(market: Market, deal: Deal, name: str, amount_minor: int = PRICE, again: str = "") -> None:
    """The provider tells of a payment."""
    hear(
        port.Paid(
            event_id=f"paid-{name}{again}", payment_id=name, order_id=deal.number, at_ms=now_ms(),
            amount_minor=amount_minor, currency="CNY", payer=f"person_{market.buyer.pk.hex}",
            method=port.Method.CARD,
        )
    )  # fmt: skip


def taken_back(name: str) -> Incoming:
    """A bank takes a payment back, as Stripe tells of it: without the order."""
    event_id = f"back-{name}"
    hear(
        port.ChargedBack(event_id=event_id, payment_id=name, order_id="", at_ms=now_ms(), amount_minor=PRICE)
    )
    return Incoming.objects.get(event_id=event_id)


def hear(event: port.Event) -> None:
    taken = incoming.receive("sandbox", event, b"{}", {})
    if taken is not None:
        go(taken)


def kinds(deal: Deal) -> list[str]:
    return list(Matter.objects.filter(deal=deal).order_by("kind").values_list("kind", flat=True))


def test_the_accepted_one_though_another_came_after_it(market: Market) -> None:
    deal = market.order()
    paid(market, deal, "first")
    paid(market, deal, "second")
    assert (market.now(deal).payment_id, market.regions(deal)[2]) == ("second", "held")
    assert taken_back("first").deal == deal
    assert market.regions(deal)[2] == "reversed", "the seller is not paid with money that is gone"
    assert "chargeback" in kinds(deal)


@pytest.mark.parametrize("amount_minor", [PRICE - 1, PRICE + 1], ids=["short", "over"])
def test_one_that_did_not_fit_and_was_paid_anew(market: Market, amount_minor: int) -> None:
    deal = market.order()
    paid(market, deal, "odd", amount_minor)
    paid(market, deal, "right")
    assert taken_back("odd").deal == deal
    assert market.regions(deal)[2] == "held"
    assert "money_moved_oddly" in kinds(deal)


def test_one_that_is_told_of_again_takes_no_others_place(market: Market) -> None:
    deal = market.order()
    paid(market, deal, "first")
    paid(market, deal, "second")
    paid(market, deal, "first", again="-again")
    assert taken_back("second").deal == deal
    assert market.now(deal).payment_id == "second"


def test_one_that_was_asked_for_because_its_notification_was_lost(market: Market) -> None:
    """By then the row has the name of the provider's page, as Stripe calls it at first."""
    deal = market.order()
    Deal.objects.filter(pk=deal.pk).update(payment_id="the_page")
    market.play.pay(deal, lost=True)
    delivered = ask_now(market.now(deal))
    assert delivered.stage == "delivered"
    payment = delivered.order.payment
    assert payment is not None
    assert taken_back(payment.id).deal == deal
    assert market.regions(deal)[2] == "reversed"


def test_what_names_nothing_is_nobodys_and_staff_look_at_it(market: Market) -> None:
    """An order that waits for its payment's name is not every payment's order."""
    deal = market.order()
    Deal.objects.filter(pk=deal.pk).update(payment_id="")
    assert (taken_back("").deal, taken_back("strange").deal) == (None, None)
    assert market.regions(deal)[0] == "awaiting_payment"
    found = Matter.objects.filter(kind="unknown_order", deal=None, closed_ms=None)
    assert sorted(str(matter.facts["payment"]) for matter in found) == ["", "strange"]


def test_another_providers_payment_of_that_name_is_another(market: Market) -> None:
    deal = market.order()
    paid(market, deal, "first")
    paid(market, deal, "second")
    PaymentName.objects.update(provider="stripe")
    assert taken_back("first").deal is None


def test_without_the_names_it_would_be_nobodys(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = market.order()
    paid(market, deal, "first")
    paid(market, deal, "second")
    monkeypatch.setattr(payment_names, "find", lambda rows, _, name: rows.filter(payment_id=name).first())
    assert taken_back("first").deal is None
