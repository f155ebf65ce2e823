"""Handing a card back in a browser: for money on a phone, for points on a desk in English, and the terms behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from cardtrail.pricing.offers import Unit
from cardtrail.risk.port import Outcome, Verdict
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.models import Staff
from cardtrail.wire.identifiers import card_number
from tests.browser.conftest import DESKTOP, PHONE, Shot, check_axe, sign_in_browser
from tests.web.ledgers import Ledger
from tests.web.orders.conftest import play
from tests.web.orders.play import Play
from tests.web.people import People
from tests.web.returns.desk import Brand

__all__ = ["play"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BOTH = pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])


@pytest.fixture
def brand(ledger: Ledger, people: People, play: Play, monkeypatch: pytest.MonkeyPatch) -> Brand:
    cache.clear()
    allow = Verdict(outcome=Outcome.ALLOW, reasons=(), values={}, rules=0)
    monkeypatch.setattr("cardtrail.web.risks.ask.decide", lambda *_: allow)
    return Brand(ledger, people, play)


@pytest.fixture
def look(shot: Shot) -> Callable[[Page, str], None]:
    def over(page: Page, name: str) -> None:
        check_axe(page)
        shot(page, name)

    return over


@pytest.fixture
def enter(open_page: Callable[..., Page], site: str) -> Callable[[Person, bool], Page]:
    """A phone in Chinese, or a desk in English."""

    def opened(person: Person, english: bool) -> Page:
        if english:
            Person.objects.filter(pk=person.pk).update(language="en")
        page = open_page(DESKTOP if english else PHONE, english=english)
        sign_in_browser(page, person, site)
        return page

    return opened


@BOTH
def test_for_money(
    brand: Brand, enter: Callable[..., Page], look: Callable[..., None], english: bool
) -> None:
    brand.offer()
    brand.offer(Unit.POINTS)
    person = brand.holder()
    card = brand.card(person)
    page, tag = enter(person, english), "desk-en" if english else "phone-zh"
    page.goto(f"/cards/{card_number(card.serial)}/")
    look(page, f"returns-0-card-{tag}")
    page.get_by_role("link", name="Return" if english else "交回").click()
    look(page, f"returns-1-choose-{tag}")
    page.get_by_role("button", name="Quote me this price" if english else "按这个价报价").click()
    expect(page.get_by_role("timer")).to_contain_text("left" if english else "还剩")
    look(page, f"returns-2-confirm-{tag}")
    page.get_by_role("button", name="Hand it back" if english else "确认交回").click()
    done = "were paid to your account" if english else "已付到你的账户"
    expect(page.get_by_role("status")).to_contain_text(done)
    look(page, f"returns-3-done-{tag}")
    page.goto("/returns/")
    look(page, f"returns-4-mine-{tag}")
    page.goto(f"/cards/{card_number(card.serial)}/")
    look(page, f"returns-5-card-after-{tag}")


@BOTH
def test_for_points(
    brand: Brand, enter: Callable[..., Page], look: Callable[..., None], english: bool
) -> None:
    brand.offer()
    brand.offer(Unit.POINTS)
    person = brand.holder(checked=False)
    card = brand.card(person)
    page, tag = enter(person, english), "desk-en" if english else "phone-zh"
    page.goto(f"/returns/cards/{card_number(card.serial)}/")
    look(page, f"returns-6-law-{tag}")
    page.get_by_role("button", name="Quote me these points" if english else "按这个积分报价").click()
    page.get_by_role("button", name="Hand it back" if english else "确认交回").click()
    page.get_by_role("link", name="See my points" if english else "看我的积分").click()
    expect(page.get_by_text("5,000").first).to_be_visible()
    look(page, f"returns-7-points-{tag}")


@BOTH
def test_terms_by_two_people(
    brand: Brand, enter: Callable[..., Page], look: Callable[..., None], english: bool
) -> None:
    one, two = brand.people.make("林会计"), brand.people.make("周会计")
    for person in (one, two):
        Staff.objects.create(person=person, roles=["finance"])
    page, tag = enter(one, english), "desk-en" if english else "phone-zh"
    page.goto("/desk/returns/terms/new/")
    look(page, f"returns-8-terms-form-{tag}")
    page.locator("#id_rate_1").fill("82.5")
    page.get_by_label("Budget a day" if english else "每日预算").fill("10000")
    page.get_by_label("To one person a day" if english else "每人每日（元或积分）").fill("2000")
    page.get_by_role("button", name="Next: check" if english else "下一步：核对").click()
    look(page, f"returns-9-terms-check-{tag}")
    page.get_by_role("button", name="Submit for approval" if english else "提交批准").click()
    other = enter(two, english)
    other.goto("/desk/returns/terms/")
    look(other, f"returns-a-terms-wait-{tag}")
    other.get_by_role("button", name="Checked: approve" if english else "已核对，批准").click()
    expect(other.get_by_text("Applies now" if english else "现行").first).to_be_visible()
    holder = brand.holder()
    brand.agree(brand.quoted(brand.card(holder), holder))
    brand.quoted(brand.card(holder, 10_000), holder)
    other.goto("/desk/returns/")
    look(other, f"returns-b-desk-{tag}")
