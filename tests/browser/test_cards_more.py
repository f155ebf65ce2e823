"""Holders' other pages in a browser: split, merge, stop, lose and find, keep records; on a phone in Chinese, on a desk
in English, by keyboard."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Page, expect

from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import approve
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import perform
from cardtrail.web.desk import losses
from cardtrail.web.desk.casework import LossClaim
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits
from tests.browser.conftest import DESKTOP, PHONE, follow, press_to, sign_in_browser
from tests.web.cards.conftest import jump
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do, witness

__all__ = ["jump"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BOTH = pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])


@pytest.fixture(autouse=True)
def _here(site, monkeypatch):
    """Links that the site makes lead to the site."""
    cache.clear()
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, public_url=site))


@pytest.fixture
def enter(open_page, site):
    """A page of a browser in which somebody is signed in: a phone in Chinese, or a desk in English."""

    def opened(person: Person, english: bool = False) -> Page:
        if english:
            Person.objects.filter(pk=person.pk).update(language="en")
        EmailAddress.objects.get_or_create(
            user=person, email=person.email, defaults={"verified": True, "primary": True}
        )
        page = open_page(DESKTOP if english else PHONE, english=english)
        sign_in_browser(page, person, site)
        return page

    return opened


def url_of(serial: int, what: str = "") -> str:
    return f"/cards/{card_number(serial)}/{what}"


def tag(english: bool) -> str:
    return "desk-en" if english else "phone-zh"


@BOTH
def test_split(ledger: Ledger, people: People, enter, look_over, english):
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    do(person, Order("redeem", serial, {"amount_minor": 5_000, "order": "11" * 32}))
    page = enter(person, english)
    page.goto(url_of(serial))
    page.get_by_role("link", name="Split" if english else "拆分").click()
    page.locator("#parts").select_option("3")
    page.get_by_role("button", name="Divide equally" if english else "平均分").click()
    expect(page.locator("#id_part_2")).to_have_value("150.00")
    look_over(page, f"split-{tag(english)}")
    page.locator("#id_part_0").fill("200")
    page.get_by_role("button", name="Next" if english else "下一步").click()
    expect(page.locator(".error-summary")).to_contain_text("¥50.00")
    look_over(page, f"split-wrong-{tag(english)}")
    page.locator("#id_part_2").fill("")
    follow(page.get_by_role("button", name="Next" if english else "下一步"))
    look_over(page, f"split-check-{tag(english)}")
    page.get_by_role("button", name="Split the card" if english else "确认拆分").click()
    page.wait_for_url("**/split/parts/")
    expect(page.locator(".card-face")).to_have_count(3)
    look_over(page, f"split-parts-{tag(english)}")
    mine = Card.objects.filter(holder=person, status=1)
    assert sorted(card.balance_minor for card in mine) == [10_000, 15_000, 20_000]


@BOTH
def test_merge(ledger: Ledger, people: People, enter, look_over, jump, english):
    person = people.make()
    early = ledger.issue(face=10_000)
    jump(40 * DAY_MS)
    late = ledger.issue(2)
    claim(person, ledger, [*early, *late])
    page = enter(person, english)
    page.goto(url_of(late[0]))
    page.get_by_role("link", name="Merge" if english else "合并").click()
    page.get_by_role("button", name="Next" if english else "下一步").click()
    expect(page.locator(".error-summary")).to_be_visible()
    for box in page.locator("input[type=checkbox]").all():
        box.check()
    page.get_by_role("button", name="Next" if english else "下一步").click()
    expect(page.locator(".error-summary")).to_contain_text("¥1,100.00")
    look_over(page, f"merge-over-{tag(english)}")
    page.locator(f"#serial-{late[1]}").uncheck()
    page.get_by_role("button", name="Next" if english else "下一步").click()
    expect(page.locator(".notice.warn")).to_be_visible()
    look_over(page, f"merge-check-{tag(english)}")
    page.get_by_role("button", name="Merge the cards" if english else "确认合并").click()
    expect(page.locator(".card-face")).to_contain_text("¥600.00")
    look_over(page, f"merged-{tag(english)}")


def test_by_keyboard_alone(ledger: Ledger, people: People, enter):
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    page = enter(person)
    page.goto(url_of(serial))
    press_to(page, "停用")
    page.wait_for_url("**/stop/")
    press_to(page, "立即冻结")
    page.wait_for_url(f"**{url_of(serial)}")
    expect(page.get_by_text("卡已冻结，其他设备已退出登录")).to_be_visible()
    assert Card.objects.get(serial=serial).state == "frozen"


@BOTH
def test_lost_objected_and_found(ledger: Ledger, people: People, enter, look_over, jump, english):
    holder, loser = people.make("小满"), people.make("阿强")
    ledger.define(rebind_delay_ms=15 * DAY_MS)
    first, second = ledger.issue(2)
    claim(holder, ledger, [first, second])
    page = enter(loser, english)
    page.goto("/records/")
    page.goto("/lost/")
    look_over(page, f"lost-{tag(english)}")
    for serial in (first, second):
        page.goto("/lost/")
        page.locator("#id_number").fill(group_digits(card_number(serial)))
        page.locator("#id_what").fill(
            "The code was lost when I moved." if english else "搬家时丢了卡密，卡还在抽屉里。"
        )
        page.locator("#id_proof").fill(
            "Bought at the Xuhui shop." if english else "11 月 3 日在徐汇店买的，单号 20261103-118。"
        )
        page.get_by_role("button", name="Next" if english else "下一步").click()
        if serial == first:
            look_over(page, f"lost-check-{tag(english)}")
        page.get_by_role("button", name="Report it lost" if english else "确认报失").click()
        page.wait_for_url("**/lost/*-*/")
    look_over(page, f"loss-asked-{tag(english)}")
    there = page.url
    link = page.get_by_role("link", name="Hand in my identity" if english else "提交身份资料")
    assert link.get_attribute("href").endswith(f"?next={there[there.index('/lost/') :]}")
    identity.submit(loser, "prc_id", "王强", "11010519491231002X")
    identity.check(identity.identity_of(loser), people.make("小林"), ok=True)
    for found in LossClaim.objects.all():
        made = losses.agree(witness(people.make("甲")), found)
        approve(witness(people.make("乙")), made, Text("同意", "Agreed"))
        perform(made)
    page.reload()
    look_over(page, f"loss-pending-{tag(english)}")
    other = enter(holder, english)
    other.goto("/notices/")
    other.goto(url_of(first))
    look_over(other, f"card-wanted-{tag(english)}")
    follow(other.get_by_role("link", name="I have it: object" if english else "卡在我手里，反对换绑"))
    look_over(other, f"object-{tag(english)}")
    other.get_by_role("button", name="I have it: object" if english else "卡在我手里，反对换绑").click()
    other.wait_for_url(f"**{url_of(first)}")
    assert Card.objects.get(serial=first).state == "active"
    jump(15 * DAY_MS + 1000)
    page = enter(loser, english)
    page.goto(there)
    look_over(page, f"loss-collect-{tag(english)}")
    page.get_by_role("button", name="Collect the card" if english else "领回这张卡").click()
    page.wait_for_url(f"**{url_of(second)}")
    assert Card.objects.get(serial=second).holder == loser
    page.goto("/lost/")
    look_over(page, f"lost-list-{tag(english)}")


@BOTH
def test_stop_and_expired_pages(ledger: Ledger, people: People, enter, look_over, jump, english):
    person = people.make()
    [serial] = ledger.issue()
    claim(person, ledger, [serial])
    page = enter(person, english)
    page.goto(url_of(serial, "stop/"))
    look_over(page, f"stop-{tag(english)}")
    jump(4 * 366 * DAY_MS)
    page = enter(person, english)
    page.goto(url_of(serial))
    look_over(page, f"expired-{tag(english)}")
    follow(page.get_by_role("link", name="Re-activate" if english else "重新激活"))
    look_over(page, f"reactivate-{tag(english)}")
    page.get_by_role("button", name="Ask for re-activation" if english else "请求重新激活").click()
    expect(page.locator(".confirm .notice.good")).to_be_visible()
    look_over(page, f"reactivate-asked-{tag(english)}")


@BOTH
def test_records(ledger: Ledger, people: People, enter, look_over, tmp_path: Path, english):
    person = people.make()
    serials = ledger.issue(3)
    claim(person, ledger, serials)
    do(person, Order("redeem", serials[0], {"amount_minor": 12_345, "order": "11" * 32}))
    ledger.link.client.wait_for_checkpoint(Movement.objects.latest("index").index + 1)
    page = enter(person, english)
    page.goto("/records/")
    look_over(page, f"records-{tag(english)}")
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    told = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert len(told["cards"]) == 3
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    for name in ("cards", "movements", "confirmations"):
        page.goto(f"/records/{name}/")
        look_over(page, f"records-{name}-{tag(english)}")
    page.locator("a.cell").first.click()
    expect(page.locator(".notice.good")).to_be_visible()
    look_over(page, f"records-confirmation-{tag(english)}")
    page.goto("/records/movements/")
    with page.expect_download() as download:
        page.locator("a.button.small", has_text="Receipt" if english else "回执").first.click()
    assert Path(download.value.path()).read_text("utf-8").startswith("c2sp.org/tlog-proof@v1")
