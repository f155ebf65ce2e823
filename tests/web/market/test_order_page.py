"""The page of an order, for its buyer and its seller, from paying to the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from cardtrail.deals.events import ChargedBack
from cardtrail.deals.regions import Advice
from cardtrail.payments.registry import Registry
from cardtrail.web.orders import providers
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.timers import fire
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import HOUR_MS, now_ms
from tests.web.desk.team import browser
from tests.web.orders.conftest import market, play
from tests.web.orders.market import Market

__all__ = ["market", "play"]

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def later() -> Iterator[Callable[[int], None]]:
    yield clock.set_ahead
    clock.set_ahead(0)


def page(client: Client, deal: Deal, tail: str = "") -> str:
    answer = client.get(f"/market/orders/{deal.number}/{tail}")
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return answer.content.decode()


def english(client: Client) -> Client:
    client.cookies["cardtrail_language"] = "en"
    return client


def test_from_paying_to_paid_out_both_see_where_it_stands(market: Market) -> None:
    buyer, seller = browser(market.buyer), browser(market.seller)
    deal = market.order()
    text = page(buyer, deal)
    assert deal.pay_url in text
    assert "我已付款" in text
    assert "等待买家付款" in page(seller, deal)
    assert buyer.post(f"/market/orders/{deal.number}/paid/").status_code == 302
    assert market.now(deal).stage == "payment_pending"
    assert "等待付款结果" in page(buyer, deal)
    market.play.pay(deal)
    market.play.deliver()
    text = page(buyer, deal)
    assert "卡已到你的钱包" in text
    assert "交付凭证" in text
    assert "自动确认收货" in text
    assert "卡已交付" in page(seller, deal)
    text = page(buyer, deal, "act/confirm/")
    assert "¥450.00 归卖家" in text
    assert buyer.post(f"/market/orders/{deal.number}/act/confirm/").status_code == 302
    assert market.now(deal).stage == "completed"
    assert "交易完成" in page(buyer, deal)
    assert "货款 ¥450.00 已付给你" in page(seller, deal)


def test_the_providers_page_is_asked_for_in_the_readers_language(market: Market) -> None:
    deal, buyer = market.order(), browser(market.buyer)
    assert f'href="{deal.pay_url}?language=zh"' in page(buyer, deal)
    assert f'href="{deal.pay_url}?language=en"' in page(english(buyer), deal)
    assert deal.pay_url not in page(browser(market.seller), deal)
    with providers.using(Registry({})):
        assert f'href="{deal.pay_url}"' in page(
            buyer, deal
        )  # Its provider is gone; what was begun can be paid.


def test_what_the_page_says_by_its_first_line_is_not_said_twice(market: Market) -> None:
    deal, buyer = market.bought(), browser(market.buyer)
    text = buyer.post(f"/market/orders/{deal.number}/act/confirm/", follow=True).content.decode()
    assert '<h2 id="stands">交易完成</h2>' in text
    assert "notice good" not in text


def test_a_deadline_names_its_zone_and_the_page_names_it_for_the_rest(market: Market) -> None:
    deal, buyer = market.order(), browser(market.buyer)
    text = page(buyer, deal)
    assert re.search(r'data-when="deadline">[^<]*（北京时间）</time>', text)
    assert "时间均为北京时间（UTC+8）。" in text
    market.buyer.time_zone = "Europe/London"
    market.buyer.save(update_fields=["time_zone"])
    text = page(buyer, deal)
    assert re.search(r"<time [^>]*>[^<]*（UTC(\+1)?）</time>", text)
    assert "时间按你选的时区：Europe/London。" in text
    assert "data-when" not in text


def test_who_says_that_they_have_paid_does_not_wait_for_the_notification(market: Market) -> None:
    deal, buyer = market.order(), browser(market.buyer)
    market.play.pay(deal, lost=True)
    assert buyer.post(f"/market/orders/{deal.number}/paid/").status_code == 302
    assert market.now(deal).stage == "delivered"
    assert market.play.deliver() == []


def test_who_says_so_while_the_provider_is_away_waits(market: Market) -> None:
    deal, buyer = market.order(), browser(market.buyer)
    market.play.pay(deal)
    market.play.cut = True
    assert buyer.post(f"/market/orders/{deal.number}/paid/").status_code == 302
    assert market.now(deal).stage == "payment_pending"
    market.play.cut = False
    assert market.play.deliver() == [200]
    assert market.now(deal).stage == "delivered"


def test_in_english_too(market: Market) -> None:
    deal = market.bought()
    assert "The card is in your wallet" in page(english(browser(market.buyer)), deal)
    assert "You are paid once the buyer confirms" in page(english(browser(market.seller)), deal)


def test_nobody_else_finds_it_staff_neither(market: Market) -> None:
    deal = market.bought()
    for stranger in (market.other, market.staff):
        client = browser(stranger)
        for tail in ("", "state/", "act/confirm/", "step-up/", "dispute/", "dispute/open/"):
            assert client.get(f"/market/orders/{deal.number}/{tail}").status_code == 404, tail
        for tail in ("paid/", "act/confirm/", "dispute/open/", "dispute/evidence/", "dispute/split/"):
            assert client.post(f"/market/orders/{deal.number}/{tail}").status_code == 404, tail
    assert market.now(deal).version == deal.version
    assert browser(market.buyer).get(f"/market/orders/{'0' * 32}/").status_code == 404


def test_the_seller_confirms_nothing(market: Market) -> None:
    deal = market.bought()
    seller = browser(market.seller)
    assert seller.get(f"/market/orders/{deal.number}/act/confirm/").status_code == 302
    answer = seller.post(f"/market/orders/{deal.number}/act/confirm/", follow=True)
    assert "只有买家可以这样做" in answer.content.decode()
    assert market.now(deal).stage == "delivered"


def test_a_page_that_looks_for_news_is_left_alone_while_there_are_none(market: Market) -> None:
    deal = market.order()
    buyer = browser(market.buyer)
    address = f"/market/orders/{deal.number}/state/"
    assert buyer.get(address, {"version": deal.version}).status_code == 204
    market.play.pay(deal)
    market.play.deliver()
    answer = buyer.get(address, {"version": deal.version})
    assert answer.status_code == 200
    assert "卡已到你的钱包" in answer.content.decode()
    assert "hx-get" not in answer.content.decode()


def test_cancelled_before_paying_and_a_late_payment_is_told(market: Market) -> None:
    deal = market.order()
    buyer = browser(market.buyer)
    assert "取消订单" in page(buyer, deal, "act/cancel/")
    buyer.post(f"/market/orders/{deal.number}/act/cancel/")
    assert market.now(deal).stage == "cancelled"
    assert "订单已取消" in page(buyer, deal)
    assert "卡仍归你" in page(browser(market.seller), deal)


def test_whoever_paid_another_amount_is_not_sent_to_pay_again(market: Market) -> None:
    """A provider takes no second payment for the same order: its page would say that it is paid."""
    deal = market.order()
    buyer = browser(market.buyer)
    market.play.pay(deal, amount="short")
    market.play.deliver()
    text = page(buyer, deal)
    assert market.now(deal).stage == "awaiting_payment"
    assert "这次付款不能用" in text
    assert deal.pay_url not in text
    assert "我已付款" not in text
    assert text.count(f"/market/orders/{deal.number}/act/cancel/") == 1
    assert "等你处理" in buyer.get("/market/orders/").content.decode()
    buyer.post(f"/market/orders/{deal.number}/act/cancel/")
    assert market.now(deal).stage == "cancelled"
    assert "这次付款不能用" not in page(buyer, deal)


def test_a_payment_after_the_time_goes_back_and_its_payer_reads_so(
    market: Market, later: Callable[[int], None]
) -> None:
    deal = market.order()
    later(3 * HOUR_MS)
    market.play.cut = True
    fire(now_ms())
    market.play.cut = False
    assert market.now(deal).stage == "cancelled"
    market.play.pay(deal, pay_after_expiry=True)
    market.play.deliver()
    market.play.cut = True
    text = page(browser(market.buyer), deal)
    assert "订单已取消后才到账" in text
    assert "退回" in text
    market.play.cut = False
    market.work()
    assert "你付的 ¥450.00 已原路退回" in page(browser(market.buyer), deal)
    assert "¥450.00 已原路退回" not in page(browser(market.seller), deal)


def test_held_by_risk_both_read_until_when(market: Market) -> None:
    market.risk_says(Advice.HOLD, "new_device")
    deal = market.order()
    market.play.pay(deal)
    market.play.deliver()
    for person in (market.buyer, market.seller):
        text = page(browser(person), deal)
        assert "人工审核中" in text
        assert "到时仍未通过，款项自动退回" in text


def test_the_lists_show_what_is_under_way_first(market: Market) -> None:
    done = market.bought()
    browser(market.buyer).post(f"/market/orders/{done.number}/act/confirm/")
    market.serial, market.listing = market.list_card()
    under_way = market.order()
    buyer, seller = browser(market.buyer), browser(market.seller)
    text = buyer.get("/market/orders/").content.decode()
    assert text.index(under_way.number) < text.index(done.number)
    assert "等你处理" in text
    assert under_way.number in seller.get("/market/orders/?side=seller").content.decode()
    assert "还没有卖出过卡" in buyer.get("/market/orders/?side=seller").content.decode()
    assert "还没有买过卡" in browser(market.other).get("/market/orders/").content.decode()


def test_a_list_asks_as_much_for_ten_as_for_one(market: Market, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        market.order()
        market.serial, market.listing = market.list_card()
    buyer = browser(market.buyer)
    buyer.get("/market/orders/")
    with django_assert_max_num_queries(14):
        buyer.get("/market/orders/")


def test_an_orders_page_asks_little(market: Market, django_assert_max_num_queries: Any) -> None:
    deal = market.bought()
    buyer = browser(market.buyer)
    page(buyer, deal)
    with django_assert_max_num_queries(7):
        page(buyer, deal)


def test_a_payment_that_the_bank_takes_back_is_told_to_both(market: Market) -> None:
    deal = market.bought()
    browser(market.buyer).post(f"/market/orders/{deal.number}/act/confirm/")
    payment = market.now(deal).order.payment
    assert payment is not None
    go(take(deal.pk, ChargedBack(payment.id, payment.amount_minor)))
    assert "你的银行撤回了付款" in page(browser(market.buyer), deal)
    text = page(browser(market.seller), deal)
    assert "已收的货款被银行撤回" in text
    assert "应退回：¥450.00" in text


def test_taken_back_before_the_seller_was_paid_the_order_stops(market: Market) -> None:
    deal = market.bought()
    payment = market.now(deal).order.payment
    assert payment is not None
    go(take(deal.pk, ChargedBack(payment.id, payment.amount_minor)))
    assert "这笔订单停在这里" in page(browser(market.buyer), deal)
    assert "买家的银行撤回了付款" in page(browser(market.seller), deal)
