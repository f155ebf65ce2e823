"""Holders' pages, from start to finish in a browser: claim, prove, give, take back, share; on a phone in Chinese, on a
desk in English, by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Page, expect

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import card_number, group_digits
from tests.browser.conftest import DESKTOP, PHONE, follow, press_to, sign_in_browser
from tests.web.cards.conftest import quiet_risk
from tests.web.cards.giving import give, link_of
from tests.web.cards.test_share import share
from tests.web.desk.team import browser as signed_in
from tests.web.ledgers import Ledger
from tests.web.market.stalls import no_rules
from tests.web.people import People, claim

__all__ = ["quiet_risk"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG_NAME = "城市书房与山野咖啡馆联名二〇二六年中秋国庆双节通用礼品卡（限门店及官方网店使用）"


@pytest.fixture(autouse=True)
def _here(site, monkeypatch):
    """Links that the site makes lead to the site."""
    cache.clear()
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, public_url=site))


@pytest.fixture
def enter(open_page, site):
    """A page of a browser in which somebody is signed in."""

    def opened(person: Person, size=PHONE, *, english: bool = False) -> Page:
        if english:
            Person.objects.filter(pk=person.pk).update(language="en")
        EmailAddress.objects.get_or_create(
            user=person, email=person.email, defaults={"verified": True, "primary": True}
        )
        page = open_page(size, english=english)
        sign_in_browser(page, person, site)
        return page

    return opened


def url_of(serial: int) -> str:
    return f"/cards/{card_number(serial)}/"


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_claim_by_code_and_look(ledger: Ledger, people: People, enter, look_over, english):
    person = people.make("Xiaoman" if english else "小满")
    [serial] = ledger.issue()
    tag = "desk-en" if english else "phone-zh"
    page = enter(person, DESKTOP if english else PHONE, english=english)
    page.goto("/")
    look_over(page, f"wallet-empty-{tag}")
    page.goto("/claim/")
    look_over(page, f"claim-{tag}")
    button = page.get_by_role("button", name="Claim" if english else "领取", exact=True)
    page.locator("#id_number").fill("1234")
    page.locator("#id_code").fill("ABC")
    button.click()
    expect(page.locator(".error-summary")).to_be_visible()
    look_over(page, f"claim-mistyped-{tag}")
    page.locator("#id_number").fill(group_digits(card_number(serial)))
    page.locator("#id_code").fill(ledger.codes[serial].grouped.lower())
    button.click()
    page.wait_for_url(f"**{url_of(serial)}")
    expect(page.locator(".card-face")).to_contain_text("¥500.00")
    page.get_by_role("button", name="Check now" if english else "开始核验").click()
    expect(page.locator(".check .notice.good")).to_be_visible()
    look_over(page, f"card-{tag}")
    page.goto("/")
    expect(page.locator(".card-face")).to_have_count(1)
    look_over(page, f"wallet-{tag}")


def test_claim_by_qr_needs_a_click_and_leaves_no_trace(
    ledger: Ledger, people: People, enter, open_page, look_over, site
):
    person = people.make()
    [serial] = ledger.issue()
    fragment = f"#{card_number(serial)}.{ledger.codes[serial].text}"
    asked: list[str] = []
    page = enter(person)
    page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    page.goto(f"/claim{fragment}")
    expect(page.locator("#id_code")).to_have_value(ledger.codes[serial].grouped)
    assert ledger.codes[serial].text not in page.url
    assert page.evaluate("location.hash") == ""
    assert not [text for text in asked if ledger.codes[serial].text in text.partition("#")[0]]
    assert Card.objects.get(serial=serial).holder is None
    look_over(page, "claim-from-qr-phone-zh")
    page.get_by_role("button", name="领取", exact=True).click()
    page.wait_for_url(f"**{url_of(serial)}")
    assert Card.objects.get(serial=serial).holder == person


def test_a_qr_code_is_remembered_while_signing_in(ledger: Ledger, people: People, open_page, look_over, site):
    person = people.make()
    [serial] = ledger.issue()
    page = open_page(PHONE)
    page.goto(f"/claim#{card_number(serial)}.{ledger.codes[serial].text}")
    expect(page.locator("#kept")).to_be_visible()
    assert page.evaluate("location.hash") == ""
    look_over(page, "claim-signed-out-phone-zh")
    sign_in_browser(page, person, site)
    page.goto("/claim/")
    expect(page.locator("#id_code")).to_have_value(ledger.codes[serial].grouped)
    assert page.evaluate("sessionStorage.length") == 0


def test_give_by_link_and_claim_by_another(ledger: Ledger, people: People, enter, open_page, look_over, site):
    giver, taker, late = people.make("小满"), people.make("阿强"), people.make("迟到的人")
    ledger.define(LONG_NAME)
    [serial] = ledger.issue(face=100_000)
    claim(giver, ledger, [serial])
    page = enter(giver)
    page.goto(url_of(serial))
    follow(page.get_by_role("link", name="赠送"))
    look_over(page, "give-phone-zh")
    page.get_by_label("留言").fill("生日快乐！这张卡在书店和咖啡馆都能用。")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("确认送出")
    look_over(page, "give-check-phone-zh")
    page.get_by_role("button", name="确认送出").click()
    link = page.locator("#link").inner_text()
    assert f"/c/{card_number(serial)}#" in link
    page.locator("details.more summary").click()
    look_over(page, "gift-link-phone-zh")
    # A stranger opens it, a robot opens it: nothing happens and no cookie is set.
    stranger = open_page(PHONE)
    stranger.goto(link)
    expect(stranger.get_by_text("生日快乐")).to_be_visible()
    assert stranger.context.cookies() == []
    assert stranger.evaluate("location.hash") == ""
    look_over(stranger, "gift-stranger-phone-zh")
    # The one it is for.
    other = enter(taker)
    other.goto(link)
    other.get_by_role("button", name="领取这张卡").wait_for()
    look_over(other, "gift-open-phone-zh")
    other.get_by_role("button", name="领取这张卡").click()
    other.wait_for_url(f"**{url_of(serial)}")
    look_over(other, "card-received-phone-zh")
    # Forwarded and too late.
    third = enter(late)
    third.goto(link)
    expect(third.get_by_text("已经被领走了")).to_be_visible()
    look_over(third, "gift-taken-phone-zh")
    page.reload()
    expect(page.get_by_text("阿强 已领取")).to_be_visible()
    look_over(page, "gift-done-phone-zh")
    page.goto("/gifts/")
    look_over(page, "gifts-phone-zh")


NO_STORAGE = "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('none'); } })"


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("kind", ["gift", "share"])
def test_a_link_page_changes_its_language_and_keeps_the_secret(
    ledger: Ledger, people: People, open_page, look_over, site, kind, stored
):
    giver = people.make("小满")
    no_rules(giver)
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    client = signed_in(giver)
    if kind == "gift":
        path, secret = link_of(client, give(client, serial))
    else:
        _made, path, secret = share(client, [serial])
    page = open_page(PHONE, own=not stored)
    if not stored:
        page.add_init_script(NO_STORAGE)
    page.goto(f"{path}#{secret}")
    expect(page.locator(".card-face")).to_be_visible()
    for button, title in (("English", "Somebody gives you a gift card"), ("中文", "有人送你一张礼品卡")):
        assert page.evaluate("location.hash") == ""
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.locator(".card-face")).to_be_visible()
        look_over(page, f"{kind}-stranger-phone-{'en' if button == 'English' else 'zh'}")
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert names == {settings.LANGUAGE_COOKIE_NAME}, "no session, no token: a stranger"


def test_a_link_page_without_script_speaks_both_languages(open_page, site):
    page = open_page(PHONE, java_script_enabled=False)
    page.goto("/s/ffffffffffff#AAAAAAAAAAAAAAAAAAAAAA")
    page.get_by_role("button", name="English").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Somebody gives you a gift card"
    assert "Switch JavaScript on" in page.content()


def test_take_back(ledger: Ledger, people: People, enter, look_over):
    giver, taker = people.make("小满"), people.make("阿强")
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    page = enter(giver, DESKTOP, english=True)
    page.goto(f"{url_of(serial)}give/")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Give the card").click()
    link = page.locator("#link").inner_text()
    other = enter(taker)
    other.goto(link)
    take = other.get_by_role("button", name="领取这张卡")
    take.wait_for()
    look_over(page, "gift-link-desk-en")
    page.goto("/")
    look_over(page, "wallet-waiting-desk-en")
    page.goto(url_of(serial))
    look_over(page, "card-given-desk-en")
    page.get_by_role("link", name="Look at it, send it again or take it back").click()
    page.get_by_role("button", name="Take the card back").click()
    page.wait_for_url(f"**{url_of(serial)}")
    take.click()  # The other's page was open all the while.
    expect(other.get_by_text("已经收回")).to_be_visible()
    assert Card.objects.get(serial=serial).holder == giver


def test_give_to_a_person(ledger: Ledger, people: People, enter, look_over):
    giver, taker = people.make("小满"), people.make("阿强")
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    other = enter(taker)
    page = enter(giver)
    page.goto(f"{url_of(serial)}give/")
    page.get_by_label("送到邮箱").check()
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".error-summary")).to_contain_text("请填写对方的邮箱")
    page.locator("#id_to").fill(taker.email)
    page.get_by_label("留言").fill("请你喝咖啡")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="确认送出").click()
    expect(page.get_by_text("已通知")).to_be_visible()
    look_over(page, "gift-person-phone-zh")
    other.goto("/")
    look_over(other, "wallet-gift-phone-zh")
    other.get_by_role("button", name="收下这张卡").click()
    other.wait_for_url(f"**{url_of(serial)}")
    assert Card.objects.get(serial=serial).holder == taker


def test_share_into_a_group(ledger: Ledger, people: People, enter, look_over):
    sharer = people.make("小满")
    first, second, third = people.make("阿强"), people.make("丽丽"), people.make("欧阳上官端木百里东方独孤")
    serials = ledger.issue(3)
    claim(sharer, ledger, serials)
    page = enter(sharer)
    page.goto("/share/")
    for box in page.locator("input[type=checkbox]").all():
        box.check()
    page.get_by_label("留言").fill("同学聚会，一人一张")
    look_over(page, "share-phone-zh")
    follow(page.get_by_role("button", name="下一步"))
    look_over(page, "share-check-phone-zh")
    page.get_by_role("button", name="确认分享").click()
    link = page.locator("#link").inner_text()
    pages = {}
    for person in (first, second, third):
        pages[person.name] = enter(person)
        pages[person.name].goto(link)
        pages[person.name].get_by_role("button", name="领取一张").wait_for()
    look_over(pages[first.name], "share-open-phone-zh")
    pages[first.name].get_by_role("button", name="领取一张").click()
    pages[first.name].wait_for_url("**/cards/**")
    pages[first.name].goto(link)
    expect(pages[first.name].get_by_text("每人只能领一张")).to_be_visible()
    page.reload()
    look_over(page, "share-going-phone-zh")
    page.get_by_role("button", name=f"移除 {third.name}").click()
    expect(page.get_by_text("已移除，这个人不能再领")).to_be_visible()
    pages[third.name].get_by_role("button", name="领取一张").click()
    expect(pages[third.name].get_by_text("没有把你算在")).to_be_visible()
    page.get_by_role("button", name="停止分享").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("分享已结束")
    look_over(page, "share-ended-phone-zh")
    pages[second.name].get_by_role("button", name="领取一张").click()
    expect(pages[second.name].get_by_text("分享已经结束")).to_be_visible()
    assert Card.objects.filter(serial__in=serials, holder=sharer).count() == 2
    assert Card.objects.filter(serial__in=serials, holder=first).count() == 1


def test_by_keyboard_alone(ledger: Ledger, people: People, enter):
    person = people.make()
    [serial] = ledger.issue()
    page = enter(person, DESKTOP)
    page.goto("/")
    press_to(page, "领取一张卡")
    page.wait_for_url("**/claim/")
    page.locator("#id_number").focus()
    page.keyboard.type(card_number(serial))
    page.keyboard.press("Tab")
    page.keyboard.type(ledger.codes[serial].grouped)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{url_of(serial)}")
    press_to(page, "赠送")
    page.wait_for_url("**/give/")
    press_to(page, "下一步")
    expect(page.get_by_role("heading", level=1)).to_have_text("确认送出")
    press_to(page, "确认送出")
    page.wait_for_url("**/gifts/**")
    press_to(page, "收回这张卡")
    page.wait_for_url(f"**{url_of(serial)}")


def test_the_first_page_for_strangers(open_page, look_over):
    for size, english, name in ((PHONE, False, "phone-zh"), (DESKTOP, True, "desk-en")):
        page = open_page(size, english=english)
        page.goto("/")
        look_over(page, f"welcome-{name}")
