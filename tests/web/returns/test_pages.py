"""Holders' pages and the desk's, from the first look to the end, in both languages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cardtrail.pricing.offers import Unit
from cardtrail.web.cards.acts import tiles
from cardtrail.web.desk.badges import counts
from cardtrail.web.desk.casework import Case
from cardtrail.web.market import desk_held
from cardtrail.web.notices.models import Notice
from cardtrail.web.returns import offering, points
from cardtrail.web.returns.models import Offer, Return
from cardtrail.web.returns.terms_form import TermsForm, values_of
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms
from cardtrail.wire.identifiers import card_number
from tests.web.desk.team import browser, member
from tests.web.people import witness
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


def test_what_risk_holds_waits_in_plain_sight(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why, once; and on every page of the card until staff have looked."""
    from cardtrail.risk.failure import on_failure

    brand.offer()
    person = brand.holder()
    card, client = brand.card(person, 10_000), browser(person)
    given = brand.quoted(card, person)
    pages = (f"/returns/{given.pk}/", f"/cards/{card_number(card.serial)}/")
    assert not [page for page in pages if "工作人员正在看" in client.get(page).content.decode()]
    with monkeypatch.context() as patched:
        patched.setattr("cardtrail.web.risks.ask.decide", lambda *_: on_failure(10_000, "CNY"))
        said = client.post(f"/returns/{given.pk}/", {"step": "confirm"}).content.decode()
    assert said.count("工作人员会先看一下") == 1
    assert "没有卡被锁定" in said
    assert [page for page in pages if "工作人员正在看" in client.get(page).content.decode()] == list(pages)
    other = browser(brand.holder("阿宁"))
    assert other.get(pages[0]).status_code == 404
    decision = Decision.objects.get(about=f"return/{card.serial}")
    desk_held.decide(witness(brand.finance), decision, brand.finance, "看过了", allow=True)
    assert not [page for page in pages if "工作人员正在看" in client.get(page).content.decode()]
    client.post(f"/returns/{given.pk}/", {"step": "confirm"})
    assert now(given).state == "paid"


def test_whom_risk_refuses_can_have_a_person_look(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    from cardtrail.risk.port import Outcome, Verdict

    brand.offer()
    person = brand.holder()
    card, client = brand.card(person), browser(person)
    given = brand.quoted(card, person)
    verdict = Verdict(outcome=Outcome.BLOCK, reasons=(), values={}, rules=0)
    monkeypatch.setattr("cardtrail.web.risks.ask.decide", lambda *_: verdict)
    answer = client.post(f"/returns/{given.pk}/", {"step": "confirm"})
    page = answer.content.decode()
    assert answer.status_code == 403
    decision = Decision.objects.get(about=f"return/{card.serial}")
    assert f'name="decision" value="{decision.pk}"' in page
    asked = client.post("/market/appeal/", {"decision": str(decision.pk), "words": "卡是我的"})
    assert asked.status_code == 302
    assert Case.objects.get(person=person).serial == card.serial


def test_a_payout_that_is_refused_is_not_called_under_way(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.hand_back(brand.quoted(brand.card(person), person))
    Return.objects.filter(pk=given.pk).update(state="owed", answer="closed")
    assert "付款被拒，在处理" in browser(person).get("/returns/").content.decode()
    Return.objects.filter(pk=given.pk).update(answer="away")
    page = browser(person).get("/returns/").content.decode()
    assert "正在付款" in page
    assert "付款被拒" not in page


def test_a_quote_names_its_hour_with_its_zone(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    assert "（北京时间）</time>" in browser(person).get(f"/returns/{given.pk}/").content.decode()


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
    "rate_3": "", "up_to_3": "", "age_1": "", "left_days": "0", "least": "1", "day_limit": "10000",
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


def test_a_rate_by_age_and_a_change_from_what_applies(brand: Brand) -> None:
    one, two = member(brand.people, "finance"), member(brand.people, "finance")
    by_age = FORM | {"rate_1": "85", "age_1": "30", "up_to_1": "200", "rate_2": "80", "left_days": "60"}
    assert "85%" in one.post("/desk/returns/terms/new/", **by_age)
    one.post("/desk/returns/terms/new/", **by_age, do="yes")
    offer = Offer.objects.get()
    assert [(rate.pays, rate.from_age_ms, rate.up_to_minor) for rate in offer.terms.rates] == [
        (8_500, 30 * DAY_MS, 20_000),
        (8_000, 0, None),
    ]
    two.post(f"/desk/returns/terms/{offer.pk}/approve/")
    again = f"/desk/returns/terms/new/?from={offer.pk}"
    assert again in one.get("/desk/returns/terms/")
    assert again not in member(brand.people, "admin").get("/desk/returns/terms/")
    filled = TermsForm(initial=values_of(offer))
    kept = {name: filled[name].value() for name in FORM | {"age_2": ""} if name != "start"}
    assert {name: str(value) for name, value in kept.items() if value not in (None, "")} == {
        "unit": "money", "rate_1": "85", "up_to_1": "200", "age_1": "30", "rate_2": "80", "left_days": "60",
        "least": "1", "day_limit": "10000", "person_limit": "2000", "person_cards": "3", "valid_minutes": "10",
    }  # fmt: skip
    page = one.get(again)
    assert 'value="85"' in page
    assert 'value="2000"' in page


def test_whoever_can_be_the_second_hears_of_terms_and_finds_them(brand: Brand) -> None:
    one, two = member(brand.people, "finance"), member(brand.people, "finance")
    admin, risk = member(brand.people, "admin"), member(brand.people, "risk")
    one.post("/desk/returns/terms/new/", **FORM, do="yes")
    told = Notice.objects.filter(kind__contains="approvals").values_list("person", flat=True)
    assert {two.person.pk, admin.person.pk} <= set(told)
    assert not {one.person.pk, risk.person.pk} & set(told)
    assert counts(admin.staff)["returns:terms"] == counts(two.staff)["returns:desk"] == 1
    assert not counts(one.staff)["returns:desk"]
    home = admin.get("/desk/")
    assert "/desk/returns/terms/" in home
    assert 'href="/desk/returns/"' not in admin.get("/desk/returns/terms/"), "no page that would refuse them"
    two.post(f"/desk/returns/terms/{Offer.objects.get().pk}/approve/")
    assert not counts(admin.staff)["returns:terms"]


def test_who_declines_terms_stands_in_the_audit_log(brand: Brand) -> None:
    one, two = member(brand.people, "finance"), member(brand.people, "finance", name="财务乙")
    one.post("/desk/returns/terms/new/", **FORM, do="yes")
    two.post(f"/desk/returns/terms/{Offer.objects.get().pk}/decline/")
    log = member(brand.people, "admin").get("/desk/audit/", sort_of="confirmed")
    assert "不批准回收条款" in log
    assert "财务乙" in log


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
    assert all(re.fullmatch(r"(\d{4} ){3}\d{4}", row[1]) for row in rows[1:]), "no spreadsheet rounds it"
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
