"""Handing a card back in a browser: for money on a phone, for points on a desk in English, and the terms behind it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from cardtrail.pricing.offers import Unit
from cardtrail.risk.port import Outcome, Verdict
from cardtrail.web.desk.models import Staff
from cardtrail.wire.identifiers import card_number
from tests.browser.ways import PHONE_AND_DESK, Enter, Look, Way
from tests.web.ledgers import Ledger
from tests.web.orders.conftest import play
from tests.web.orders.play import Play
from tests.web.people import People
from tests.web.returns.desk import Brand

__all__ = ["play"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def brand(ledger: Ledger, people: People, play: Play, monkeypatch: pytest.MonkeyPatch) -> Brand:
    allow = Verdict(outcome=Outcome.ALLOW, reasons=(), values={}, rules=0)
    monkeypatch.setattr("cardtrail.web.risks.ask.decide", lambda *_: allow)
    return Brand(ledger, people, play)


def titled(page: Page, words: str) -> None:
    """The page's title is this: it is there."""
    expect(page.get_by_role("heading", level=1, name=words, exact=True)).to_be_visible()


@PHONE_AND_DESK
def test_for_money(brand: Brand, enter: Enter, look: Look, way: Way) -> None:
    brand.offer()
    brand.offer(Unit.POINTS)
    person = brand.holder()
    card = brand.card(person)
    page = enter(person, way)
    page.goto(f"/cards/{card_number(card.serial)}/")
    page.get_by_role("link", name=way("交回", "Return")).click()
    titled(page, way("交回品牌", "Return to the brand"))
    look(page, "returns-choose")
    page.get_by_role("button", name=way("按这个价报价", "Quote me this price")).click()
    titled(page, way("确认交回品牌", "Confirm the return"))
    expect(page.get_by_role("timer")).to_contain_text(way("还剩", "left"))
    look(page, "returns-confirm")
    page.get_by_role("button", name=way("确认交回", "Hand it back")).click()
    done = way("已付到你的账户", "were paid to your account")
    expect(page.get_by_role("status")).to_contain_text(done)
    look(page, "returns-done")
    page.goto("/returns/")
    look(page, "returns-mine")
    page.goto(f"/cards/{card_number(card.serial)}/")
    look(page, "returns-card-after")


@PHONE_AND_DESK
def test_for_points(brand: Brand, enter: Enter, look: Look, way: Way) -> None:
    """To somebody whose identity nobody has checked: money would need that."""
    brand.offer()
    brand.offer(Unit.POINTS)
    person = brand.holder(checked=False)
    card = brand.card(person)
    page = enter(person, way)
    page.goto(f"/returns/cards/{card_number(card.serial)}/")
    look(page, "returns-law")
    page.get_by_role("button", name=way("按这个积分报价", "Quote me these points")).click()
    titled(page, way("确认交回品牌", "Confirm the return"))
    page.get_by_role("button", name=way("确认交回", "Hand it back")).click()
    page.get_by_role("link", name=way("看我的积分", "See my points")).click()
    titled(page, way("我的积分", "My points"))
    expect(page.get_by_text("5,000").first).to_be_visible()
    look(page, "returns-points")


@PHONE_AND_DESK
def test_terms_by_two_people(brand: Brand, enter: Enter, look: Look, way: Way) -> None:
    one, two = brand.people.make("林会计"), brand.people.make("周会计")
    for person in (one, two):
        Staff.objects.create(person=person, roles=["finance"])
    page = enter(one, way)
    page.goto("/desk/returns/terms/new/")
    look(page, "returns-terms-form")
    page.locator("#id_rate_1").fill("82.5")
    page.get_by_label(way("每日预算", "Budget a day")).fill("10000")
    page.get_by_label(way("每人每日（元或积分）", "To one person a day")).fill("2000")
    page.get_by_role("button", name=way("下一步：核对", "Next: check")).click()
    submit = page.get_by_role("button", name=way("提交批准", "Submit for approval"))
    expect(submit).to_be_visible()
    look(page, "returns-terms-check")
    submit.click()
    expect(page.get_by_role("status").first).to_be_visible()
    other = enter(two, way)
    other.goto("/desk/returns/terms/")
    look(other, "returns-terms-wait")
    other.get_by_role("button", name=way("已核对，批准", "Checked: approve")).click()
    expect(other.get_by_text(way("现行", "Applies now")).first).to_be_visible()
    holder = brand.holder()
    brand.agree(brand.quoted(brand.card(holder), holder))
    brand.quoted(brand.card(holder, 10_000), holder)
    other.goto("/desk/returns/")
    look(other, "returns-desk")
