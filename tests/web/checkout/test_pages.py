"""From the till's code to the receipt, through the pages."""

from __future__ import annotations

import pytest

from cardtrail.web.checkout.models import Payment
from cardtrail.web.ledger.models import Card
from cardtrail.web.webhooks.models import Event
from cardtrail.wire.identifiers import card_number
from tests.web.cards.forms import token_in
from tests.web.checkout.conftest import choice

pytestmark = pytest.mark.django_db


@pytest.mark.database
def test_from_code_to_receipt(desk, phone, cards, payer):
    answer = desk.post("/pay/till/", {"amount": "88", "reference": "A-7"})
    assert answer.status_code == 302
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.currency, payment.reference) == (8_800, "CNY", "A-7")
    page = desk.get(answer.url).content.decode()
    assert "<svg" in page
    assert f"{payment.code[:4]} {payment.code[4:]}" in page

    assert "A-7" not in phone.get(f"/pay/{payment.id}").content.decode(), (
        "nothing is shown without the secret"
    )
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
    assert [
        event.type for event in Event.objects.filter(type__startswith="payment.").order_by("time_ms")
    ] == [
        "payment.created",
        "payment.paid",
    ]


def test_paying_with_one_card(phone, shop, cards):
    payment = shop.ask(3_000)
    assert (
        phone.post("/pay/", {"code": f"{payment.code[:4]} {payment.code[4:]}"}).url
        == f"/pay/{payment.id}/cards/"
    )
    form = {"card": card_number(cards[0].serial), "step": "check"}
    page = phone.post(f"/pay/{payment.id}/cards/", form).content.decode()
    assert 'value="30.00"' in page
    phone.post(f"/pay/{payment.id}/cards/", choice({cards[0].serial: "30.00"}) | {"step": "confirm"})
    assert Payment.objects.get().state == "paid"


def take(client, payment, secret):
    return client.post(f"/pay/{payment.id}/take", {"secret": secret})


def test_a_second_person_cannot_take_it_up(people, browser, phone, shop, cards):
    payment = shop.ask(3_000)
    assert take(phone, payment, payment.token).status_code == 302
    other = browser(people.make("小雨"))
    refused = take(other, payment, payment.token)
    assert refused.status_code == 409
    assert "已有人在付" in refused.content.decode()
    looked = other.post(f"/pay/{payment.id}/look", {"secret": payment.token})
    assert looked.status_code == 410
    assert other.get(f"/pay/{payment.id}/cards/").status_code == 404
    assert other.get(f"/pay/{payment.id}/done/").status_code == 404


@pytest.mark.parametrize("wrong", ["", "x", "A" * 22, "é" * 22, "0" * 5000])
def test_a_till_opens_with_its_secret_alone(phone, shop, cards, wrong):
    payment = shop.ask(3_000)
    assert phone.post(f"/pay/{payment.id}/look", {"secret": wrong}).status_code == 404
    assert take(phone, payment, wrong).status_code == 404
    assert take(phone, payment, shop.ask(3_000).token).status_code == 404, "another payment's secret"
    payment.refresh_from_db()
    assert payment.payer is None


def test_the_database_does_not_have_the_secret(shop, ledger):
    payment = shop.ask(3_000)
    row = Payment.objects.filter(id=payment.id).values().get()
    assert not [name for name, value in row.items() if payment.token in str(value)]


def test_guessing_codes_is_throttled(phone, shop, cards):
    payment = shop.ask(3_000)
    wrong = f"{(int(payment.code) + 1) % 10**8:08d}"
    answers = [phone.post("/pay/", {"code": wrong}).status_code for _ in range(7)]
    assert answers == [422] * 6 + [429]
    assert phone.post("/pay/", {"code": payment.code}).status_code == 429, "even the right one has to wait"
    payment.refresh_from_db()
    assert payment.payer is None


def test_a_code_is_for_one_use(people, browser, phone, shop, cards):
    payment = shop.ask(3_000)
    code = payment.code
    phone.post("/pay/", {"code": code})
    assert browser(people.make("小雨")).post("/pay/", {"code": code}).status_code == 422
    payment.refresh_from_db()
    assert payment.code is None


def test_ids_cannot_be_guessed(phone, shop, ledger):
    payment = shop.ask(kind="online")
    for id in (payment.id[:-1] + ("0" if payment.id[-1] != "0" else "1"), "pay_" + "0" * 32):
        assert phone.get(f"/pay/{id}").status_code == 404
        assert phone.post(f"/pay/{id}/take").status_code == 404
    for id in ("pay_", "1", payment.id.upper(), payment.id + "/../x"):
        assert phone.get(f"/pay/{id}").status_code == 404


def test_other_peoples_cards_are_not_there(ledger, people, phone, shop, cards):
    from tests.web.people import claim

    (other,) = claim(people.make("小雨"), ledger, ledger.issue(1, 10_000))
    payment = shop.ask(3_000)
    take(phone, payment, payment.token)
    for step in ("check", "confirm"):
        for form in (
            {"card": card_number(other.serial)},
            choice({other.serial: "30"}),
            {"card": "999"},
            {"amount_x": "30"},
        ):
            assert phone.post(f"/pay/{payment.id}/cards/", form | {"step": step}).status_code == 404
    assert Card.objects.get(serial=other.serial).balance_minor == 10_000


@pytest.mark.parametrize(
    "text", ["-30", "1e3", "NaN", "30.001", "３０", "0x1e", "30,00,0.0.0", "29.99", "30.01", " "]
)
def test_amounts_that_are_none(phone, shop, cards, text):
    payment = shop.ask(3_000)
    take(phone, payment, payment.token)
    answer = phone.post(f"/pay/{payment.id}/cards/", choice({cards[0].serial: text}) | {"step": "confirm"})
    assert answer.status_code == 422
    payment.refresh_from_db()
    assert payment.state == "open"


@pytest.mark.database
def test_a_frozen_card_is_refused_kindly(phone, shop, cards):
    Card.objects.filter(serial=cards[0].serial).update(frozen_by=0)
    payment = shop.ask(3_000)
    take(phone, payment, payment.token)
    answer = phone.post(f"/pay/{payment.id}/cards/", choice({cards[0].serial: "30"}) | {"step": "confirm"})
    assert answer.status_code == 422
    assert f"尾号 {cards[0].last_four} 的卡现在不能付款：已冻结" in answer.content.decode()


def test_the_same_form_twice_pays_once(phone, shop, cards):
    payment = shop.ask(3_000)
    take(phone, payment, payment.token)
    form = choice({cards[0].serial: "30"}) | {"step": "confirm"}
    for _ in range(3):
        assert phone.post(f"/pay/{payment.id}/cards/", form).url == f"/pay/{payment.id}/done/"
    assert Card.objects.get(serial=cards[0].serial).balance_minor == 2_000


def test_who_may_stand_at_a_till(people, browser, phone, client, desk):
    assert phone.get("/pay/till/").status_code == 404
    assert "/accounts/login/" in client.get("/pay/till/").url
    from cardtrail.web.desk.models import Staff

    auditor = people.make("小吴")
    Staff.objects.create(person=auditor, roles=["auditor"])
    assert browser(auditor).get("/pay/till/").status_code == 403
    assert desk.get("/pay/till/").status_code == 200
    assert desk.post("/pay/till/", {"amount": "-1"}).status_code == 422


def test_no_form_works_from_elsewhere(shop, payer, cards):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(payer)
    payment = shop.ask(kind="online", amount_minor=3_000)
    assert strict.post(f"/pay/{payment.id}/take").status_code == 403
    assert strict.post(f"/pay/{payment.id}/cards/", {"step": "confirm"}).status_code == 403


def test_a_code_whose_answer_was_lost_still_leads_its_payer_on(people, browser, phone, shop, cards):
    payment = shop.ask(3_000)
    code = payment.code
    for _ in range(2):
        assert phone.post("/pay/", {"code": code}).url == f"/pay/{payment.id}/cards/"
    assert browser(people.make("小雨")).post("/pay/", {"code": code}).status_code == 422
    row = Payment.objects.filter(id=payment.id).values().get()
    assert code not in map(str, row.values())
    phone.post(f"/pay/{payment.id}/cards/", choice({cards[0].serial: "30.00"}) | {"step": "confirm"})
    assert Payment.objects.get().state == "paid"
    assert phone.post("/pay/", {"code": code}).status_code == 422, "over is over"


@pytest.mark.database
def test_an_impatient_till_asks_once(desk, ledger):
    token = token_in(desk.get("/pay/till/"))
    form = {"amount": "88", "reference": "", "token": token}
    first, second = (desk.post("/pay/till/", form) for _ in range(2))
    assert first.url == second.url
    assert Payment.objects.count() == 1
    changed = desk.post("/pay/till/", form | {"amount": "99"})
    assert changed.status_code == 422
    assert "已经出过一个付款码" in changed.content.decode()
    assert desk.post("/pay/till/", form | {"token": token_in(changed)}).status_code == 302
    assert Payment.objects.count() == 2
