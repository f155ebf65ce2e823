"""Orders in browsers: receipt confirmed, a proof of identity, disputes won by either side, an appeal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
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
from cardtrail.web.ui.clock import HOUR_MS, MINUTE_MS, now_ms
from tests.browser.conftest import DESKTOP, sign_in_browser
from tests.browser.ways import DESK_AND_PHONE, PHONE_AND_DESK, Enter, Look, Way
from tests.web.accounts.flows import app_code
from tests.web.market.test_order_disputes import disputed, ruled
from tests.web.orders.conftest import market, play
from tests.web.orders.market import Market
from tests.web.people import People

__all__ = ["market", "play"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FULL = ("账本上交付时余额是满的。", "The ledger shows the full balance at delivery.")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """The clock is right again after each test."""
    yield
    clock.set_ahead(0)


def picture() -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (300, 500), "teal").save(out, "PNG")
    return {"name": "receipt.png", "mimeType": "image/png", "buffer": out.getvalue()}


def order_page(deal: Deal, tail: str = "") -> str:
    return f"/market/orders/{deal.number}/{tail}"


def stands(page: Page, words: str) -> None:
    """What the page of an order says in its second heading."""
    expect(page.get_by_role("heading", name=words, exact=True)).to_be_visible()


def judge(people: People, name: str, *roles: str) -> Person:
    person = people.make(name)
    Staff.objects.create(person=person, roles=list(roles))
    return person


def rule(page: Page, way: Way, outcome: Outcome) -> None:
    """A member of staff decides on the page of the order."""
    choice = {
        Outcome.REFUND: way("退款给买家", "The buyer is refunded"),
        Outcome.RELEASE: way("付款给卖家", "The seller is paid"),
    }[outcome]
    page.get_by_label(choice, exact=True).check()
    page.locator("[name=reason]").select_option("ledger")
    page.locator("[name=words]").fill(way("账本上看得清楚。", "Plain from the ledger."))
    page.get_by_role("button", name=way("裁决", "Decide"), exact=True).click()
    expect(page.locator(".notice.good[role=status]")).to_be_visible()


def paid_out(market: Market) -> None:
    """The hours pass in which the buyer's bank might want the money back; then the seller is paid."""
    clock.set_ahead(13 * HOUR_MS)
    fire(now_ms())
    market.work()
    clock.set_ahead(0)


def show_all(page: Page, deal: Deal, way: Way) -> None:
    """A party says that it has shown all it has."""
    page.goto(order_page(deal, "dispute/"))
    page.get_by_role("link", name=way("举证完毕", "I have shown all")).click()
    page.get_by_role("button", name=way("举证完毕", "I have shown all")).click()
    expect(page.get_by_text(way("已记下。", "Noted."))).to_be_visible()


def accept(page: Page, way: Way) -> None:
    """Whoever the decision goes against does not appeal."""
    words = way("接受裁决", "Accept the decision")
    page.get_by_role("link", name=words).click()
    page.get_by_role("button", name=words).click()
    expect(page.locator(".notice.good[role=status]")).to_be_visible()


def test_times_are_the_devices_own_and_say_so(
    market: Market, open_page: Callable[..., Page], site: str, here: None
) -> None:
    deal = market.order()
    page = open_page(DESKTOP, english=True, timezone_id="Asia/Dubai")
    Person.objects.filter(pk=market.buyer.pk).update(language="en")
    sign_in_browser(page, market.buyer, site)
    page.goto(order_page(deal))
    until = re.compile(r"\d+ \w{3} \d{4}, \d\d:\d\d \(UTC\+4\)")
    expect(page.locator(".order-clock time")).to_have_text(until)
    expect(page.locator(".zone-note")).to_have_text("Times are those of your device: Asia/Dubai.")


@PHONE_AND_DESK
def test_paid_the_page_goes_on_by_itself_and_receipt_is_confirmed(
    market: Market, enter: Enter, look: Look, way: Way
) -> None:
    market.play.reversible(True)
    deal = market.order()
    page = enter(market.buyer, way)
    page.goto(order_page(deal))
    expect(page.get_by_role("link", name=way("去演练支付付款", "with Play Money"))).to_be_visible()
    look(page, "order-awaiting")
    page.get_by_role("button", name=way("我已付款", "I have paid")).click()
    stands(page, way("等待付款结果", "Waiting for the payment"))
    market.play.pay(deal)
    market.play.deliver()
    # No click, no reload.
    stands(page, way("卡已到你的钱包", "The card is in your wallet"))
    expect(page.locator("[data-until]")).to_contain_text(way("还剩", "left"))
    look(page, "order-delivered")
    page.get_by_role("link", name=way("确认收货", "Confirm receipt")).click()
    confirm = page.get_by_role("button", name=way("确认收货", "Confirm receipt"))
    expect(confirm).to_be_visible()
    look(page, "order-confirm")
    confirm.click()
    stands(page, way("已确认收货", "Confirmed"))
    look(page, "order-confirmed")
    paid_out(market)
    page.reload()
    stands(page, way("交易完成", "Complete"))
    page.get_by_role("link", name=way("我的订单", "My orders")).click()
    expect(page.get_by_role("heading", level=1, name=way("我的订单", "My orders"))).to_be_visible()
    look(page, "orders")


@DESK_AND_PHONE
def test_paid_too_late_the_money_comes_back(market: Market, enter: Enter, look: Look, way: Way) -> None:
    deal = market.order()
    page = enter(market.buyer, way)
    page.goto(order_page(deal))
    market.play.cut = True  # The provider does not hear that nothing is to be paid any more.
    clock.set_ahead(16 * MINUTE_MS)
    fire(now_ms())
    market.play.cut = False
    # No click, no reload.
    stands(page, way("订单已取消", "Cancelled"))
    market.play.pay(deal, pay_after_expiry=True)
    market.play.cut = True
    market.play.deliver()
    market.play.cut = False
    page.reload()
    expect(
        page.get_by_text(way("正在原路退回（订单已取消后才到账）", "on its way back (it came after"))
    ).to_be_visible()
    look(page, "order-paid-late")
    market.work()
    page.reload()
    expect(
        page.get_by_text(way("已原路退回（订单已取消后才到账）", "back in your account (it came after"))
    ).to_be_visible()
    look(page, "order-paid-late-back")


@DESK_AND_PHONE
def test_a_proof_of_identity_and_then_the_card(market: Market, enter: Enter, look: Look, way: Way) -> None:
    raw = replace(FIRST_RULES, version=99, rules=()).to_json().decode()
    Rules.objects.create(version=99, raw=raw, from_ms=now_ms(), author=market.staff)
    Authenticator.objects.filter(user=market.buyer).delete()
    page = enter(market.buyer, way)
    market.risk_says(Advice.STEP_UP)
    deal = market.order()
    market.play.pay(deal)
    market.play.deliver()
    page.goto(order_page(deal))
    stands(page, way("请再验证一次身份", "Please prove that it is you"))
    look(page, "order-step-up-asked")
    page.get_by_role("link", name=way("验证身份", "Prove that it is me")).click()
    prove = page.get_by_role("link", name=way("用通行密钥或验证器", "Use passkey or authenticator app"))
    expect(prove).to_be_visible()
    look(page, "order-step-up")
    prove.click()
    code = page.locator("[name=code]")
    expect(code).to_be_visible()
    look(page, "order-step-up-code")
    code.fill(app_code())
    page.keyboard.press("Enter")
    expect(page.get_by_text(way("已验证。", "Proved."))).to_be_visible()
    look(page, "order-step-up-proved")
    page.get_by_role("button", name=way("继续交付", "Deliver the card")).click()
    stands(page, way("卡已到你的钱包", "The card is in your wallet"))
    assert market.card.holder == market.buyer


@PHONE_AND_DESK
def test_a_dispute_that_the_buyer_wins(
    market: Market, people: People, enter: Enter, look: Look, way: Way
) -> None:
    deal = market.bought()
    buyer, seller = enter(market.buyer, way), enter(market.seller, way)
    buyer.goto(order_page(deal))
    buyer.get_by_role("link", name=way("有问题？发起争议", "Something wrong? Open a dispute")).click()
    buyer.get_by_label(way("店里用不了", "It cannot be paid with")).check()
    buyer.locator("[name=text]").fill(way("收银员说刷不出来。", "The cashier says it does not work."))
    buyer.locator("[name=pictures]").set_input_files([picture()])
    look(buyer, "dispute-open")
    buyer.get_by_role("button", name=way("发起争议", "Open the dispute")).click()
    stands(buyer, way("争议：举证中", "Dispute: showing evidence"))
    look(buyer, "dispute-evidence")
    for page in (buyer, seller):
        show_all(page, deal, way)
    desk = enter(judge(people, "客服一", "support"), way.other)
    desk.goto("/market/desk/")
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    look(desk, "market-queue")
    desk.goto(f"/market/desk/orders/{deal.number}/")
    expect(desk.get_by_text(way("仍代管", "Still held"))).to_be_visible()
    look(desk, "market-case")
    rule(desk, way.other, Outcome.REFUND)
    seller.goto(order_page(deal, "dispute/"))
    stands(seller, way("裁决：退款给买家", "Decided: the buyer is refunded"))
    look(seller, "dispute-ruled")
    accept(seller, way)
    market.work()
    buyer.goto(order_page(deal))
    stands(buyer, way("已退款", "Refunded"))
    look(buyer, "dispute-refunded")
    assert market.card.holder == market.seller


@DESK_AND_PHONE
def test_a_dispute_that_the_seller_wins(
    market: Market, people: People, enter: Enter, look: Look, way: Way
) -> None:
    market.play.reversible(True)
    deal = disputed(market)
    buyer, seller = enter(market.buyer, way), enter(market.seller, way)
    seller.goto(order_page(deal, "dispute/"))
    seller.locator("[name=text]").fill(FULL[way.english])
    seller.locator("[name=pictures]").set_input_files([picture()])
    seller.get_by_role("button", name=way("提交", "Show it"), exact=True).click()
    expect(seller.locator(".exhibit", has_text=FULL[way.english]).get_by_role("img")).to_be_visible()
    look(seller, "dispute-shown")
    for page in (buyer, seller):
        show_all(page, deal, way)
    desk = enter(judge(people, "客服一", "support"), way.other)
    desk.goto(f"/market/desk/orders/{deal.number}/")
    rule(desk, way.other, Outcome.RELEASE)
    buyer.goto(order_page(deal, "dispute/"))
    stands(buyer, way("裁决：付款给卖家", "Decided: the seller is paid"))
    look(buyer, "dispute-lost")
    accept(buyer, way)
    market.work()
    for page in (buyer, seller):
        page.goto(order_page(deal))
        # Not that the buyer has confirmed: they have not.
        stands(page, way("争议已了结", "The dispute is over"))
    look(seller, "dispute-won")
    paid_out(market)
    for page in (buyer, seller):
        page.goto(order_page(deal))
        stands(page, way("交易完成", "Complete"))
    look(seller, "dispute-paid-out")
    assert (market.card.holder, market.card.state) == (market.buyer, "active")


@DESK_AND_PHONE
def test_a_dispute_that_the_seller_wins_on_appeal(
    market: Market, people: People, enter: Enter, look: Look, way: Way
) -> None:
    deal = ruled(market, Outcome.REFUND)
    seller, desk = enter(market.seller, way), enter(judge(people, "Reviewer", "risk"), way.other)
    seller.goto(order_page(deal, "dispute/"))
    seller.locator("[name=appeal-text]").fill(FULL[way.english])
    look(seller, "dispute-appeal")
    seller.get_by_role("button", name=way("提交申诉", "Make the appeal")).click()
    stands(seller, way("争议：申诉中", "Dispute: appeal"))
    desk.goto(f"/market/desk/orders/{deal.number}/")
    stands(desk, way("裁决申诉（最终）", "Decide the appeal (final)"))
    rule(desk, way.other, Outcome.RELEASE)
    look(desk, "market-decided")
    market.work()
    seller.goto(order_page(deal))
    stands(seller, way("交易完成", "Complete"))
    seller.goto(order_page(deal, "dispute/"))
    by_another = way("另一位审核员裁决申诉", "Appeal decided by another reviewer")
    expect(seller.get_by_text(by_another)).to_be_visible()
    look(seller, "dispute-over")
