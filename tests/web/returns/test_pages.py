"""Holders' pages and the desk's, from the first look to the end, in both languages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cardtrail.pricing.offers import Unit
from cardtrail.web.cards.acts import tiles
from cardtrail.web.returns import offering, points
from cardtrail.web.returns.models import Offer, Return
from cardtrail.web.ui.clock import MINUTE_MS, now_ms
from cardtrail.wire.identifiers import card_number
from tests.web.desk.team import browser, member
from tests.web.returns.desk import Brand, fresh, now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]


def page_of(serial: int) -> str:
    return f"/returns/cards/{card_number(serial)}/"


def test_from_the_card_to_the_money(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    card, client = brand.card(person), browser(person)
    assert page_of(card.serial) in [
        tile.url for tile in tiles(fresh(card), fresh(card).product.terms, now_ms())
    ]

    look = client.get(page_of(card.serial)).content.decode()
    assert "¥410.00" in look
    assert "今天的预算够用" in look
    assert Return.objects.count() == 0

    quote = client.post(page_of(card.serial), {"unit": "money"}, follow=True).content.decode()
    given = Return.objects.get()
    assert "确认交回，得到 ¥410.00" in quote
    assert 'role="timer"' in quote
    assert client.get(page_of(card.serial)).headers["Location"] == f"/returns/{given.pk}/"

    end = client.post(f"/returns/{given.pk}/", {"step": "confirm"}, follow=True).content.decode()
    assert "已付到你的账户" in end
    assert (now(given).state, brand.paid(given)) == ("paid", 41_000)

    again = client.post(f"/returns/{given.pk}/", {"step": "confirm"}, follow=True).content.decode()
    assert "已付到你的账户" in again
    assert "¥410.00" in client.get("/returns/").content.decode()
    assert "你已把这张卡交回品牌" in client.get(f"/cards/{card_number(card.serial)}/").content.decode()


def test_in_english_for_points(brand: Brand) -> None:
    brand.offer(Unit.POINTS)
    person = brand.holder(checked=False)
    card, client = brand.card(person), browser(person)
    client.cookies["cardtrail_language"] = "en"
    person.language = "en"
    person.save(update_fields=["language"])
    assert "5,000 points" in client.get(page_of(card.serial)).content.decode()
    client.post(page_of(card.serial), {"unit": "points"})
    given = Return.objects.get()
    end = client.post(f"/returns/{given.pk}/", {"step": "confirm"}, follow=True).content.decode()
    assert "5,000 points are on your account" in end
    account = client.get("/returns/points/").content.decode()
    assert "+5,000" in account
    assert f"ledger entry {now(given).entry_index}" in account
    assert points.balance(person) == 5_000


def test_the_law_is_named(brand: Brand) -> None:
    brand.offer()
    person = brand.holder(checked=False)
    card = brand.card(person)
    page = browser(person).get(page_of(card.serial)).content.decode()
    assert "付钱之前须核验你的身份" in page
    assert "来源" in page
    assert "/me/identity/" in page


def test_a_quote_that_ran_out_or_was_given_up(brand: Brand, later: Callable[[int], None]) -> None:
    brand.offer()
    person = brand.holder()
    card, client = brand.card(person), browser(person)
    client.post(page_of(card.serial), {"unit": "money"})
    given = Return.objects.get()
    client.post(f"/returns/{given.pk}/", {"step": "withdraw"})
    assert now(given).state == "lapsed"
    client.post(page_of(card.serial), {"unit": "money"})
    second = Return.objects.exclude(pk=given.pk).get()
    later(11 * MINUTE_MS)
    assert "报价已失效" in client.get(f"/returns/{second.pk}/").content.decode()
    page = client.post(f"/returns/{second.pk}/", {"step": "confirm"}, follow=True).content.decode()
    assert "报价已过期，请重新报价。" in page


def test_what_is_under_way_is_shown(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    card, client = brand.card(person), browser(person)
    client.post(page_of(card.serial), {"unit": "money"})
    given = Return.objects.get()
    brand.ledger.wire.cut = True
    page = client.post(f"/returns/{given.pk}/", {"step": "confirm"}, follow=True).content.decode()
    brand.ledger.wire.cut = False
    assert "正在交回" in page
    assert 'http-equiv="refresh"' in page
    brand.play.cut = True
    brand.work()
    assert "正在付给你" in client.get(f"/returns/{given.pk}/").content.decode()


def test_risk_sends_to_a_fresh_proof(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    from cardtrail.risk.port import Outcome, Verdict

    brand.offer()
    person = brand.holder()
    card, client = brand.card(person), browser(person)
    client.post(page_of(card.serial), {"unit": "money"})
    given = Return.objects.get()
    verdict = Verdict(outcome=Outcome.STEP_UP, reasons=(), values={}, rules=0)
    monkeypatch.setattr("cardtrail.web.risks.ask.decide", lambda *_: verdict)
    answer = client.post(f"/returns/{given.pk}/", {"step": "confirm"})
    assert answer.status_code == 302
    assert "reauthenticate" in answer.headers["Location"]
    assert now(given).state == "quoted"


def test_somebody_elses_return(brand: Brand) -> None:
    brand.offer()
    person, other = brand.holder(), browser(brand.holder("阿宁"))
    card = brand.card(person)
    given = brand.quoted(card, person)
    assert other.get(f"/returns/{given.pk}/").status_code == 404
    assert other.post(f"/returns/{given.pk}/", {"step": "confirm"}).status_code == 404
    assert other.get(page_of(card.serial)).status_code == 404
    assert other.post(page_of(card.serial), {"unit": "money"}).status_code == 404


FORM = {
    "unit": "money", "start": "2026-01-01T00:00", "rate_1": "82.5", "up_to_1": "", "rate_2": "", "up_to_2": "",
    "rate_3": "", "up_to_3": "", "age_days": "0", "left_days": "0", "least": "1", "day_limit": "10000",
    "person_limit": "2000", "person_cards": "3", "valid_minutes": "10",
}  # fmt: skip


def test_terms_need_two_people(brand: Brand) -> None:
    one, two = member(brand.people, "finance"), member(brand.people, "finance")
    assert "没有条款" in one.get("/desk/returns/terms/")
    check = one.post("/desk/returns/terms/new/", **FORM)
    assert "82.5%" in check
    assert "须由" not in check
    assert Offer.objects.count() == 0
    one.post("/desk/returns/terms/new/", **FORM, do="yes")
    offer = Offer.objects.get()
    assert offering.in_force(Unit.MONEY, "CNY", now_ms()) is None
    page = one.post(f"/desk/returns/terms/{offer.pk}/approve/")
    assert "须由另一位工作人员批准" in page
    assert offering.in_force(Unit.MONEY, "CNY", now_ms()) is None
    two.post(f"/desk/returns/terms/{offer.pk}/approve/")
    found = offering.in_force(Unit.MONEY, "CNY", now_ms())
    assert found == offer
    assert found is not None
    assert (found.terms.rates[0].pays, found.terms.day_limit) == (8_250, 1_000_000)
    assert found.from_ms == found.approved.at_ms
    assert "已经处理过" in two.post(f"/desk/returns/terms/{offer.pk}/decline/")


def test_terms_for_points_are_whole(brand: Brand) -> None:
    one = member(brand.people, "finance")
    assert "积分须为整数" in one.post("/desk/returns/terms/new/", **{**FORM, "unit": "points"})
    one.post("/desk/returns/terms/new/", **{**FORM, "unit": "points", "rate_1": "10"}, do="yes")
    assert (Offer.objects.get().terms.rates[0].pays, Offer.objects.get().terms.rates[0].per) == (10, 100)


def test_the_desk_sees_what_was_spent(brand: Brand) -> None:
    brand.offer()
    for name in ("小满", "阿宁"):
        person = brand.holder(name)
        brand.hand_back(brand.quoted(brand.card(person), person))
    staff = member(brand.people, "finance")
    page = staff.get("/desk/returns/")
    assert "¥820.00" in page
    assert "¥9,180.00" in page
    table = staff.client.get("/desk/returns/export/?state=paid").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table)))
    assert len(rows) == 3
    assert rows[1][4] == "41000"
    assert member(brand.people, "support").client.get("/desk/returns/").status_code == 403


def test_pages_ask_the_same_number_of_questions_however_many_rows(brand: Brand) -> None:
    brand.offer(Unit.POINTS, person_cards=50, person_limit=10**7)
    person = brand.holder()
    staff, client = member(brand.people, "finance"), browser(person)

    def counts() -> list[int]:
        found = []
        for ask, url in (
            (client, "/returns/"),
            (client, "/returns/points/"),
            (staff.client, "/desk/returns/"),
        ):
            ask.get(url)
            with CaptureQueriesContext(connection) as asked:
                assert ask.get(url).status_code == 200
            found.append(len(asked))
        return found

    brand.hand_back(brand.quoted(brand.card(person), person, Unit.POINTS))
    few = counts()
    for _ in range(4):
        brand.hand_back(brand.quoted(brand.card(person), person, Unit.POINTS))
    assert counts() == few
    assert max(few) < 25, few
