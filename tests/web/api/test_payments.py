"""Payments and refunds by the API, paid by a holder in the pages."""

from __future__ import annotations

import json

import pytest

from cardtrail.web.ledger.models import Card
from cardtrail.web.webhooks.models import Event
from cardtrail.wire.identifiers import card_number
from tests.web.checkout.conftest import choice

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ASK = {
    "amount_minor": 3_000,
    "currency": "CNY",
    "reference": "web-1",
    "return_url": "https://shop.example/back?x=1",
}


def pay(phone, payment_id: str, parts: dict[int, str]) -> None:
    phone.post(f"/pay/{payment_id}/take")
    phone.post(f"/pay/{payment_id}/cards/", choice(parts) | {"step": "confirm"})


def test_from_asking_to_refund(program, phone, cards):
    made = program.post("/payments", ASK)
    assert made.status_code == 201, made.content
    payment = made.json()
    assert payment["state"] == "open"
    assert payment["pay_url"].endswith(f"/pay/{payment['id']}")
    pay(phone, payment["id"], {cards[0].serial: "30.00"})
    paid = program.get(f"/payments/{payment['id']}").json()
    assert paid["state"] == "paid"
    (part,) = paid["cards"]
    assert part == {
        "card_number": card_number(cards[0].serial),
        "amount_minor": 3_000,
        "entry": Card.objects.get(serial=cards[0].serial).entry,
    }
    assert (
        "https://shop.example/back?x=1&amp;payment="
        in phone.get(f"/pay/{payment['id']}/done/").content.decode()
    )

    refund = program.post(f"/payments/{payment['id']}/refunds", {"amount_minor": 1_000}).json()
    assert (refund["state"], refund["done_minor"]) == ("done", 1_000)
    assert Card.objects.get(serial=cards[0].serial).balance_minor == 3_000
    rest = program.post(f"/payments/{payment['id']}/refunds").json()
    assert (rest["state"], rest["done_minor"]) == ("done", 2_000)
    over = program.post(f"/payments/{payment['id']}/refunds", {"amount_minor": 1})
    assert (over.status_code, over.json()["code"]) == (422, "amount_over_paid")
    assert program.get(f"/payments/{payment['id']}").json()["state"] == "refunded"
    told = (
        Event.objects.filter(type__startswith="payment.")
        .order_by("time_ms", "type")
        .values_list("type", flat=True)
    )
    assert list(told) == ["payment.created", "payment.paid", "payment.refunded", "payment.refunded"]
    assert json.dumps(program.get("/payments?limit=1").json())
