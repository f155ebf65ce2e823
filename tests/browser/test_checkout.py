"""Paying, in two browsers at once: the till on a desk, the payer on a phone; and in the example shop's checkout."""

from __future__ import annotations

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Page, expect

from cardtrail.web.accounts.models import Person
from cardtrail.web.api.keys import make_key
from cardtrail.web.api.scopes import SCOPES
from cardtrail.web.checkout.models import Payment
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.webhooks.deliver import deliver_due
from cardtrail.wire.identifiers import card_number
from tests.browser.conftest import DESKTOP, PHONE, follow, press_to, sign_in_browser
from tests.web.api.shops import open_shop
from tests.web.api.test_example_shop import free_port
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


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


@pytest.fixture
def payer(ledger: Ledger, people: People) -> Person:
    """Somebody with cards of ¥50, ¥50 and ¥500."""
    person = people.make("小满")
    claim(person, ledger, ledger.issue(2, 5_000))
    claim(person, ledger, ledger.issue(1, 50_000))
    return person


def staff(people: People, *roles: str) -> Person:
    person = people.make("小周")
    Staff.objects.create(person=person, roles=list(roles))
    return person


WORDS = {
    False: ("出付款码", "用我的卡付款", "下一步", "付款 ¥88.00", "付款成功", "已收 ¥88.00", "用几张卡一起付",
            "退款", "退回付款的卡"),
    True: ("Show the code", "Pay with my cards", "Next", "Pay ¥88.00", "Paid", "¥88.00 received",
           "Pay with several cards", "Refund", "Give it back to the card"),
}  # fmt: skip


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_at_the_till(people, payer, enter, look_over, english):
    show, use, next_, pay, paid, received, several, refund, give_back = WORDS[english]
    kind = "en" if english else "zh"
    till = enter(staff(people, "till"), DESKTOP, english=english)
    phone = enter(payer, PHONE, english=english)

    till.goto("/pay/till/")
    look_over(till, f"till-empty-{kind}")
    till.locator("[name=amount]").fill("88")
    till.locator("[name=reference]").fill("A-1024 两杯手冲、一份可颂")
    till.get_by_role("button", name=show).click()
    expect(till.locator("svg.qr")).to_be_visible()
    look_over(till, f"till-code-{kind}")

    payment = Payment.objects.get()
    phone.goto(payment.page_url)
    expect(phone.get_by_text("¥88.00")).to_be_visible()
    assert payment.token not in phone.url, "the secret does not stay in the address bar"
    look_over(phone, f"pay-asked-{kind}")
    follow(phone.get_by_role("button", name=use))
    look_over(phone, f"pay-one-card-{kind}")
    expect(till.locator("svg.qr")).to_have_count(0)
    follow(phone.get_by_role("link", name=several))
    look_over(phone, f"pay-several-{kind}")
    serials = list(Card.objects.order_by("serial").values_list("serial", flat=True))
    fields = [phone.locator(f"[name=amount_{card_number(serial)}]") for serial in serials]
    for field, text in zip(fields, ("50", "38", ""), strict=True):
        field.fill(text)
    follow(phone.get_by_role("button", name=next_))
    look_over(phone, f"pay-check-{kind}")
    phone.get_by_role("button", name=pay).click()
    expect(phone.get_by_role("heading", name=paid, exact=True)).to_be_visible()
    look_over(phone, f"pay-done-{kind}")
    expect(till.get_by_text(received)).to_be_visible()
    till.reload()
    look_over(till, f"till-paid-{kind}")
    assert list(Card.objects.order_by("serial").values_list("balance_minor", flat=True)) == [0, 1_200, 50_000]

    till.get_by_text(refund, exact=True).click()
    till.locator("[name=amount]").fill("38")
    look_over(till, f"till-refund-{kind}")
    till.get_by_role("button", name=give_back).click()
    expect(till.get_by_text("−¥38.00")).to_be_visible()
    phone.goto("/pay/receipts/")
    expect(phone.get_by_text("¥38.00")).to_be_visible()
    look_over(phone, f"receipts-{kind}")
    till.goto("/pay/till/")
    look_over(till, f"till-list-{kind}")


def test_by_eight_digits_and_keyboard(people, payer, enter, look_over):
    till = enter(staff(people, "till"), DESKTOP)
    till.goto("/pay/till/")
    till.locator("[name=amount]").fill("30")
    press_to(till, "出付款码")
    expect(till.locator("svg.qr")).to_be_visible()
    page = enter(payer, DESKTOP)
    page.goto("/pay/")
    look_over(page, "pay-code")
    page.locator("[name=code]").fill(Payment.objects.get().code or "")
    press_to(page, "下一步")
    expect(page.get_by_role("heading", name="付款给")).to_be_visible()
    press_to(page, "下一步")
    expect(page.get_by_role("heading", name="确认付款")).to_be_visible()
    press_to(page, "付款 ¥30.00")
    expect(page.get_by_role("heading", name="付款成功")).to_be_visible()
    expect(till.get_by_text("已收 ¥30.00")).to_be_visible()


def test_a_second_person_and_a_bare_link(people, ledger, payer, enter, look_over):
    till = enter(staff(people, "till"), DESKTOP)
    till.goto("/pay/till/")
    till.locator("[name=amount]").fill("30")
    till.get_by_role("button", name="出付款码").click()
    payment = Payment.objects.get()
    first, second = enter(payer), enter(people.make("小雨"))
    for page in (first, second):
        page.goto(payment.page_url)
        expect(page.get_by_role("button", name="用我的卡付款")).to_be_visible()
    first.get_by_role("button", name="用我的卡付款").click()
    second.get_by_role("button", name="用我的卡付款").click()
    expect(second.get_by_text("这笔款已有人在付")).to_be_visible()
    look_over(second, "pay-taken")
    second.goto(f"/pay/{payment.id}")
    expect(second.get_by_text("请直接扫描收银台屏幕上的码")).to_be_visible()
    look_over(second, "pay-bare")


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_in_the_example_shop(people, payer, enter, look_over, site, monkeypatch, english):
    monkeypatch.setattr(settings, "WEBHOOKS_LOOPBACK", True, raising=False)
    port = free_port()
    developer = staff(people, "developer", "issuing")
    _, secret = make_key(developer, "茶铺", list(SCOPES), [f"http://127.0.0.1:{port}"])
    _, use, next_, pay, paid, *_ = WORDS[english]
    kind = "en" if english else "zh"
    with open_shop(site, secret, f"127.0.0.1:{port}") as (shop, process):
        page = enter(payer, PHONE, english=english)
        page.goto(shop)
        page.get_by_role("button").first.click()
        expect(page.get_by_role("button", name=use)).to_be_visible()
        look_over(page, f"online-asked-{kind}")
        page.get_by_role("button", name=use).click()
        page.get_by_role("button", name=next_).click()
        page.get_by_role("button", name=pay).click()
        expect(page.get_by_role("heading", name=paid, exact=True)).to_be_visible()
        look_over(page, f"online-done-{kind}")
        deliver_due(now_ms())
        assert process.stdout is not None
        assert process.stdout.readline().endswith("is paid\n")
        page.get_by_role("link", name="127.0.0.1").click()
        expect(page.get_by_text("paid", exact=True)).to_be_visible()


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_a_key_is_made_in_the_desk(people, ledger, enter, look_over, english):
    page = enter(staff(people, "developer", "issuing"), DESKTOP, english=english)
    kind = "en" if english else "zh"
    page.goto("/desk/api-keys/")
    look_over(page, f"keys-empty-{kind}")
    page.goto("/desk/api-keys/new/")
    page.locator("[name=name]").fill("官网结账")
    page.locator("[value='payments:write']").check()
    page.locator("[value='payments:read']").check()
    page.locator("[name=origins]").fill("https://evil.example/path")
    follow(page.locator("main button.primary"))
    look_over(page, f"keys-wrong-{kind}")
    page.locator("[name=origins]").fill("https://shop.example")
    page.locator("main button.primary").click()
    expect(page.locator("#secret")).to_contain_text("ct_")
    look_over(page, f"keys-made-{kind}")
    page.goto("/desk/api-keys/")
    look_over(page, f"keys-list-{kind}")
    page.goto("/api/v1/docs")
    look_over(page, f"api-docs-{kind}")
