"""Orders in browsers: a payment that comes late, a proof of identity, disputes won by either side, an appeal."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from msgspec.structs import replace
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from cardtrail.deals.regions import Advice, Outcome
from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.models import Staff
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.timers import fire
from cardtrail.web.risks.models import Rules
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import HOUR_MS, now_ms
from tests.browser.conftest import DESKTOP, PHONE, Shot, check_axe, sign_in_browser
from tests.web.accounts.flows import app_code
from tests.web.market.test_order_disputes import ruled
from tests.web.orders.conftest import market, play
from tests.web.orders.market import Market
from tests.web.people import People

__all__ = ["market", "play"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Enter = Callable[..., Page]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Nobody is slowed down by another test, and the clock is right again."""
    cache.clear()
    yield
    clock.set_ahead(0)


@pytest.fixture
def enter(open_page: Enter, site: str) -> Enter:
    """A page of a browser in which somebody is signed in."""

    def opened(person: Person, size: dict[str, object] = PHONE, *, english: bool = False) -> Page:
        language = "en" if english else "zh-hans"
        Person.objects.filter(pk=person.pk).update(language=language)
        given = {"verified": True, "primary": True}
        EmailAddress.objects.get_or_create(user=person, email=person.email, defaults=given)
        page = open_page(size, english=english)
        sign_in_browser(page, person, site)
        return page

    return opened


def picture() -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (300, 500), "teal").save(out, "PNG")
    return {"name": "receipt.png", "mimeType": "image/png", "buffer": out.getvalue()}


def order_page(deal: Deal, tail: str = "") -> str:
    return f"/market/orders/{deal.number}/{tail}"


def look_over(page: Page, shot: Shot, name: str) -> None:
    check_axe(page)
    shot(page, name)


def judge(people: People, name: str, *roles: str) -> Person:
    person = people.make(name)
    Staff.objects.create(person=person, roles=list(roles))
    return person


def rule(page: Page, deal: Deal, choice: str, button: str) -> None:
    """A member of staff decides on the page of the order."""
    page.goto(f"/market/desk/orders/{deal.number}/")
    page.get_by_label(choice, exact=True).check()
    page.locator("[name=reason]").select_option("ledger")
    page.locator("[name=words]").fill("账本上看得清楚 / plain from the ledger")
    page.get_by_role("button", name=button, exact=True).click()


def test_paid_the_page_goes_on_by_itself_and_receipt_is_confirmed(
    market: Market, enter: Enter, shot: Shot
) -> None:
    deal = market.order()
    page = enter(market.buyer)
    page.goto(order_page(deal))
    expect(page.get_by_role("link", name="去演练支付付款")).to_be_visible()
    look_over(page, shot, "order-awaiting")
    page.get_by_role("button", name="我已付款").click()
    expect(page.get_by_role("heading", name="等待付款结果")).to_be_visible()
    market.play.pay(deal)
    market.play.deliver()
    expect(page.get_by_role("heading", name="卡已到你的卡包")).to_be_visible()
    expect(page.locator("[data-until]")).to_contain_text("还剩")
    look_over(page, shot, "order-delivered")
    page.get_by_role("link", name="确认收货").click()
    look_over(page, shot, "order-confirm")
    page.get_by_role("button", name="确认收货").click()
    expect(page.get_by_role("heading", name="交易完成")).to_be_visible()


def test_paid_too_late_it_comes_back(market: Market, enter: Enter, shot: Shot) -> None:
    deal = market.order()
    clock.set_ahead(3 * HOUR_MS)
    market.play.cut = True
    fire(now_ms())
    market.play.cut = False
    market.play.pay(deal, pay_after_expiry=True)
    market.play.deliver()
    market.work()
    clock.set_ahead(0)
    page = enter(market.buyer, english=True)
    page.goto(order_page(deal))
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    expect(page.get_by_text("¥450.00 that you paid is back in your account")).to_be_visible()
    look_over(page, shot, "order-late-en")


def test_a_proof_of_identity_and_then_the_card(market: Market, enter: Enter, shot: Shot) -> None:
    raw = replace(FIRST_RULES, version=99, rules=()).to_json().decode()
    Rules.objects.create(version=99, raw=raw, from_ms=now_ms(), author=market.staff)
    Authenticator.objects.filter(user=market.buyer).delete()
    page = enter(market.buyer)
    market.risk_says(Advice.STEP_UP)
    deal = market.order()
    market.play.pay(deal)
    market.play.deliver()
    page.goto(order_page(deal))
    page.get_by_role("link", name="验证身份").click()
    look_over(page, shot, "order-step-up")
    page.get_by_role("link", name="用通行密钥或验证器").click()
    page.locator("[name=code]").fill(app_code())
    page.keyboard.press("Enter")
    expect(page.get_by_text("已验证。")).to_be_visible()
    page.get_by_role("button", name="继续交付").click()
    expect(page.get_by_role("heading", name="卡已到你的卡包")).to_be_visible()


def test_a_dispute_that_the_buyer_wins(market: Market, people: People, enter: Enter, shot: Shot) -> None:
    deal = market.bought()
    buyer, seller = enter(market.buyer), enter(market.seller)
    buyer.goto(order_page(deal))
    buyer.get_by_role("link", name="有问题？发起争议").click()
    buyer.get_by_label("店里用不了").check()
    buyer.locator("[name=text]").fill("收银员说刷不出来。")
    buyer.locator("[name=pictures]").set_input_files([picture()])
    look_over(buyer, shot, "dispute-open")
    buyer.get_by_role("button", name="发起争议").click()
    expect(buyer.get_by_role("heading", name="争议：举证中")).to_be_visible()
    look_over(buyer, shot, "dispute-evidence")
    for page in (buyer, seller):
        page.goto(order_page(deal, "act/done/"))
        page.get_by_role("button", name="举证完毕").click()
    desk = enter(judge(people, "客服一", "support"), DESKTOP)
    desk.goto("/market/desk/")
    look_over(desk, shot, "market-queue")
    desk.goto(f"/market/desk/orders/{deal.number}/")
    expect(desk.get_by_text("仍代管")).to_be_visible()
    look_over(desk, shot, "market-case")
    rule(desk, deal, "退款给买家", "裁决")
    seller.goto(order_page(deal, "dispute/"))
    look_over(seller, shot, "dispute-ruled")
    seller.get_by_role("link", name="接受裁决").click()
    seller.get_by_role("button", name="接受裁决").click()
    market.work()
    buyer.goto(order_page(deal))
    expect(buyer.get_by_role("heading", name="已退款")).to_be_visible()


def test_a_dispute_that_the_seller_wins_on_appeal(
    market: Market, people: People, enter: Enter, shot: Shot
) -> None:
    deal = ruled(market, Outcome.REFUND)
    seller, desk = (
        enter(market.seller, english=True),
        enter(judge(people, "Reviewer", "risk"), DESKTOP, english=True),
    )
    seller.goto(order_page(deal, "dispute/"))
    seller.locator("[name=appeal-text]").fill("The ledger shows the full balance at delivery.")
    look_over(seller, shot, "dispute-appeal-en")
    seller.get_by_role("button", name="Make the appeal").click()
    expect(seller.get_by_role("heading", name="Dispute: appeal")).to_be_visible()
    rule(desk, deal, "The seller is paid", "Decide")
    look_over(desk, shot, "market-decided-en")
    market.work()
    seller.goto(order_page(deal))
    expect(seller.get_by_role("heading", name="Complete")).to_be_visible()
    seller.goto(order_page(deal, "dispute/"))
    expect(seller.get_by_text("Appeal decided by another reviewer")).to_be_visible()
