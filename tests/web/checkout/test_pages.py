"""From the till's code to the receipt, through the pages."""

from __future__ import annotations

import pytest

from cardtrail.web.checkout.models import Payment
from cardtrail.web.ledger.models import Card
from cardtrail.web.webhooks.models import Event
from cardtrail.wire.identifiers import card_number
from tests.web.checkout.conftest import choice

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_from_code_to_receipt(desk, phone, cards, payer):
    answer = desk.post("/pay/till/", {"amount": "88", "reference": "A-7"})
    assert answer.status_code == 302
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.currency, payment.reference) == (8_800, "CNY", "A-7")
    page = desk.get(answer.url).content.decode()
    assert "<svg" in page
    assert f"{payment.code[:4]} {payment.code[4:]}" in page

    assert "A-7" not in phone.get(f"/pay/{payment.id}").content.decode(), "nothing is shown without the secret"
    looked = phone.post(f"/pay/{payment.id}/look", {"secret": payment.token})
    assert looked.status_code == 200
    assert "¥88.00" in looked.content.decode()
    assert phone.post(f"/pay/{payment.id}/take", {"secret": payment.token}).url == f"/pay/{payment.id}/cards/"
    chosen = phone.get(f"/pay/{payment.id}/cards/").content.decode()
    assert 'value="50.00"' in chosen
    assert 'value="38.00"' in chosen, "the amount is allotted over the cards"
    parts = choice({cards[0].serial: "50", cards[1].serial: "38.00"})
    check = phone.post(f"/pay/{payment.id}/cards/", parts | {"step": "check"})
    assert check.status_code == 200
    assert Payment.objects.get().state == "open", "nothing has happened yet"
    paid = phone.post(f"/pay/{payment.id}/cards/", parts | {"step": "confirm"})
    assert paid.url == f"/pay/{payment.id}/done/"
    assert Payment.objects.get().state == "paid"
    assert [card.balance_minor for card in Card.objects.order_by("serial")] == [0, 1_200, 5_000]
    receipt = phone.get(paid.url).content.decode()
    assert "付款成功" in receipt
    entry = Card.objects.get(serial=cards[0].serial).entry
    assert f"账本条目 {entry}" in receipt
    assert "已收 ¥88.00" in desk.get(f"/pay/till/{payment.id}/?fragment=1").content.decode()
    assert "A-7" in phone.get("/pay/receipts/").content.decode()
    assert [event.type for event in Event.objects.filter(type__startswith="payment.").order_by("time_ms")] == [
        "payment.created",
        "payment.paid",
    ]


def test_paying_with_one_card(phone, shop, cards):
    payment = shop.ask(3_000)
    assert phone.post("/pay/", {"code": f"{payment.code[:4]} {payment.code[4:]}"}).url == f"/pay/{payment.id}/cards/"
    form = {"card": card_number(cards[0].serial), "step": "check"}
    page = phone.post(f"/pay/{payment.id}/cards/", form).content.decode()
    assert 'value="30.00"' in page
    phone.post(f"/pay/{payment.id}/cards/", choice({cards[0].serial: "30.00"}) | {"step": "confirm"})
    assert Payment.objects.get().state == "paid"
