"""Orders paid at the provider's own page: another process, another origin, and a signed notification that it sends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cardtrail.payments.sandbox.faults import Faults
from cardtrail.web.ledger.models import Card
from cardtrail.web.orders.models import Deal, Incoming
from cardtrail.web.orders.timers import fire
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import MINUTE_MS, now_ms
from cardtrail.wire.identifiers import card_number
from tests.browser.ways import DESK_AND_PHONE, PHONE_AND_DESK, ZH_PHONE, Enter, Look, Way
from tests.payments.worlds import Process
from tests.web.orders.conftest import market, play
from tests.web.orders.market import Market

__all__ = ["market", "play"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(market: Market, checkout: Process) -> Iterator[Market]:
    """A market whose orders are paid in the provider's process; the clock is right again afterwards."""
    yield market
    clock.set_ahead(0)


def to_the_provider(page: Page, deal: Deal, checkout: Process, way: Way) -> None:
    """From the order to the provider's page, in the buyer's language."""
    page.goto(f"/market/orders/{deal.number}/")
    page.get_by_role("link", name=way("去演练支付付款 ¥450.00", "Pay ¥450.00 with Play Money")).click()
    page.wait_for_url(f"{checkout.url}/pay/**")
    expect(page.get_by_role("button", name=way("付款 ¥450.00", "Pay ¥450.00"))).to_be_visible()


def pay(page: Page, way: Way) -> None:
    page.get_by_role("button", name=way("付款 ¥450.00", "Pay ¥450.00")).click()
    expect(page.get_by_text(way("付款成功", "Paid"), exact=True).first).to_be_visible()


def back(page: Page, site: str, way: Way) -> None:
    """Back to the shop, where the browser is still signed in: the link comes from another site."""
    page.get_by_role("link", name=way("返回商家", "Back to the shop")).click()
    page.wait_for_url(f"{site}/market/orders/**")


@pytest.mark.parametrize("way", [ZH_PHONE], ids=str)
def test_paid_there_the_card_is_here(
    shop: Market, checkout: Process, enter: Enter, look: Look, site: str, way: Way
) -> None:
    deal = shop.order()
    page = enter(shop.buyer, way)
    to_the_provider(page, deal, checkout, way)
    look(page, "pay-page")
    pay(page, way)
    look(page, "pay-page-paid")
    back(page, site, way)
    expect(page.get_by_role("heading", name="卡已到你的钱包")).to_be_visible()
    look(page, "pay-back-at-the-order")
    [news] = Incoming.objects.all()
    assert (news.provider, news.kind, news.outcome, news.deal) == ("sandbox", "paid", "taken", deal)
    page.goto("/")
    expect(page.get_by_role("link", name=card_number(shop.serial)[-4:])).to_be_visible()
    look(page, "pay-card-in-the-wallet")
    assert Card.objects.get(serial=shop.serial).holder == shop.buyer
    assert checkout.provider.differences() == []


@DESK_AND_PHONE
def test_paid_when_the_order_is_gone_it_comes_back(
    shop: Market, checkout: Process, enter: Enter, look: Look, site: str, way: Way
) -> None:
    """The buyer is slow: they pay when the order is cancelled, and before the provider can be told."""
    clock.set_ahead(-14 * MINUTE_MS)
    deal = shop.order()
    checkout.provider.set_faults(Faults(pay_after_expiry=True, answers="error"), deal.number)
    clock.set_ahead(0)
    page = enter(shop.buyer, way)
    to_the_provider(page, deal, checkout, way)
    clock.set_ahead(2 * MINUTE_MS)
    assert fire(now_ms()) == 1
    assert shop.now(deal).stage == "cancelled"
    pay(page, way)
    checkout.provider.set_faults(Faults(pay_after_expiry=True), deal.number)
    shop.work()
    back(page, site, way)
    expect(page.get_by_role("heading", name=way("订单已取消", "Cancelled"))).to_be_visible()
    gone = way("你付的 ¥450.00 已原路退回", "¥450.00 that you paid is back in your account")
    expect(page.get_by_text(gone)).to_be_visible()
    expect(page.get_by_text(way("已退回买家", "Back with the buyer"), exact=True)).to_be_visible()
    look(page, "pay-too-late")
    assert shop.card.holder == shop.seller
    assert checkout.provider.differences() == []


@PHONE_AND_DESK
def test_paid_and_nobody_told_us(
    shop: Market, checkout: Process, enter: Enter, look: Look, site: str, way: Way
) -> None:
    """The notification is lost. Who says that they have paid does not wait for it: the provider is asked."""
    deal = shop.order()
    page = enter(shop.buyer, way)
    to_the_provider(page, deal, checkout, way)
    page.get_by_text(way("演示：让它出点状况", "For demonstrations: let something go wrong")).click()
    page.get_by_label(way("付款通知", "Notification")).select_option(label=way("丢失", "Lost"))
    look(page, "pay-page-switches")
    pay(page, way)
    expect(page.get_by_text(way("按设置丢失", "lost, as asked"))).to_be_visible()
    back(page, site, way)
    page.get_by_role("button", name=way("我已付款", "I have paid")).click()
    arrived = way("卡已到你的钱包", "The card is in your wallet")
    expect(page.get_by_role("heading", name=arrived)).to_be_visible()
    assert not Incoming.objects.exists()
