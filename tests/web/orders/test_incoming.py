"""Notifications: believed by their seal, stored once, however often and in whatever order they come."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from cardtrail.web.ledger.models import Movement
from cardtrail.web.orders.models import Incoming, Matter, Step
from cardtrail.web.ui.clock import DAY_MS, now_ms
from tests.web.orders.market import Market

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_replayed_a_hundred_times_it_counts_once(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal)
    [(_, body)] = market.play.news()
    for _ in range(100):
        assert market.play.post(body).status_code == 200
    [row] = Incoming.objects.all()
    assert row.times == 100
    assert Movement.objects.filter(kind="release").count() == 1
    assert Step.objects.filter(deal=deal, kind="paid").count() == 1
    assert market.regions(deal) == ("delivered", "buyers", "held", "none")


@pytest.mark.parametrize("tampering", ["amount", "seal", "age", "size"])
def test_what_is_forged_changes_nothing(market: Market, tampering: str) -> None:
    deal = market.order()
    market.play.pay(deal)
    [(_, body)] = market.play.news()
    match tampering:
        case "amount":
            said = json.loads(body)
            said["amount_minor"] = 1
            good = market.play.post(body)
            assert good.status_code == 200
            forged = Client(headers=dict(good.request.get("headers", {}))).post(
                "/pay/notify/sandbox/", json.dumps(said), content_type="application/json"
            )
            assert forged.status_code == 400
            assert Incoming.objects.count() == 1
            return
        case "seal":
            answer = Client().post("/pay/notify/sandbox/", body, content_type="application/json")
        case "age":
            answer = market.play.post(body, at_ms=now_ms() - DAY_MS)
        case _:
            answer = market.play.post(body + b" " * 300_000)
    assert answer.status_code in {400, 413}
    assert not Incoming.objects.exists()
    assert market.regions(deal)[0] == "awaiting_payment"


def test_in_the_wrong_order(market: Market) -> None:
    """The chargeback overtakes the payment it takes back."""
    deal = market.order()
    market.play.pay(deal, charged_back=True)
    paid, charged_back = (body for _, body in market.play.news())
    assert market.play.post(charged_back).status_code == 200
    assert market.play.post(paid).status_code == 200
    market.work()
    assert Incoming.objects.count() == 2
    assert market.now(deal).stage != "completed"
    assert Matter.objects.filter(deal=deal).exists()


def test_a_payment_for_no_order_of_ours_is_a_matter_for_staff(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal)
    [(_, body)] = market.play.news()
    stranger = body.replace(deal.number.encode(), b"0" * 32)
    for _ in range(2):
        assert market.play.post(stranger).status_code == 200
    [matter] = Matter.objects.all()
    assert (matter.kind, matter.deal) == ("unknown_order", None)
    assert market.regions(deal)[0] == "awaiting_payment"


def test_another_provider_has_no_say(market: Market) -> None:
    deal = market.order()
    type(deal).objects.filter(pk=deal.pk).update(provider="alipay")
    market.play.pay(deal)
    market.play.deliver()
    assert market.regions(deal)[0] == "awaiting_payment"


def test_there_is_nobody_of_that_name(client: Client, market: Market) -> None:
    assert client.post("/pay/notify/nobody/", b"{}", content_type="application/json").status_code == 404
    assert client.get("/pay/notify/sandbox/").status_code == 405
