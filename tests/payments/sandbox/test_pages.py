"""The pay page: Chinese unless asked otherwise, plain HTML, nothing a stranger could put into it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
import urllib3

from cardtrail.payments.clock import clock_ms
from cardtrail.payments.port import ChargebackEnded, ChargedBack, Paid
from cardtrail.payments.sandbox.html import News, fate
from tests.payments.worlds import eventually, payment_of


class Outline(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def browser():
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


def page(browser, url, **headers):
    answer = browser.request("GET", url, headers=headers)
    return answer, Outline(answer.data.decode())


def address(world, payment):
    return f"{world.url}/pay/{payment.payment_id}"


def send(browser, world, payment, **fields):
    return browser.request_encode_body(
        "POST", address(world, payment), fields=fields, encode_multipart=False, redirect=False
    )


def test_what_a_payer_sees(world, browser):
    payment = world.payment(subject="卡 <script>alert(1)</script>")
    answer, seen = page(browser, address(world, payment))
    assert answer.status == 200
    assert "¥100.00" in seen.text
    assert "这里的钱都不是真钱" in seen.text
    assert "卡 <script>alert(1)</script>" in seen.text
    assert seen.all("script") == []
    assert seen.all("html") == [{"lang": "zh-Hans"}]
    assert len(seen.all("h1")) == 1
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


def test_english_is_one_tap_away_and_stays(world, browser):
    payment = world.payment()
    answer, seen = page(browser, address(world, payment) + "?language=en")
    assert "no money here is real" in seen.text
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert "no money here is real" in page(browser, address(world, payment), cookie=cookie)[1].text
    assert "不是真钱" in page(browser, address(world, payment) + "?language=xx")[1].text


def test_every_control_has_a_name(world, browser):
    _, seen = page(browser, address(world, world.payment()))
    inputs = [tag for tag, _ in seen.tags if tag in ("input", "select")]
    assert len(inputs) == len(seen.all("label"))


def test_paying(world, browser):
    payment = world.payment()
    answer = send(browser, world, payment, do="pay", account="person_1")
    assert answer.status == 303
    assert answer.headers["location"] == f"/pay/{payment.payment_id}"
    (event,) = world.await_events(payment, 1)
    assert isinstance(event, Paid)
    _, seen = page(browser, address(world, payment))
    assert "付款成功" in seen.text
    assert {"class": "button", "href": "http://localhost:8000/orders/1/"} in seen.all("a")


def test_what_is_on_its_way_to_the_shop_is_not_said_to_have_failed(world, browser):
    payment = world.payment()
    send(browser, world, payment, do="pay", account="person_1", news="late")
    seen = page(browser, address(world, payment))[1].text
    assert "已付款：按设置稍后发送" in seen
    assert "未送达" not in seen


def test_where_money_is_stands_in_words(world, browser):
    payment = world.payment()
    send(browser, world, payment, do="pay", account="person_1")
    seen = page(browser, address(world, payment))[1].text
    assert "我的演示账户 → 演练支付代管" in seen
    assert "person_1" not in seen
    english = page(browser, address(world, payment) + "?language=en")[1].text
    assert "My play account → held by Play Money" in english


@pytest.mark.parametrize(
    ("fared", "zh", "en"),
    [
        ({}, "正在送达", "being sent"),
        ({"later": True}, "按设置稍后发送", "to be sent later, as asked"),
        ({"attempts": 1, "later": True}, "未送达，已试 1 次", "not taken yet, tried once"),
        ({"attempts": 3}, "未送达，已试 3 次", "not taken yet, tried 3 times"),
        ({"attempts": 1, "taken": True}, "已送达", "taken"),
        ({"lost": True}, "按设置丢失", "lost, as asked"),
    ],
)
def test_how_a_notification_fares_is_said_as_it_is(fared, zh, en):
    news = News(**{"kind": "paid", "lost": False, "taken": False, "attempts": 0, "later": False, **fared})
    assert (fate(news, "zh"), fate(news, "en")) == (zh, en)


def test_paying_twice_takes_money_once(world, browser):
    payment = world.payment()
    send(browser, world, payment, do="pay", account="person_1")
    answer = send(browser, world, payment, do="pay", account="person_1")
    assert answer.status == 409
    assert "不会重复扣款" in answer.data.decode()
    assert world.provider.query(payment).paid_minor == 10_000


@pytest.mark.parametrize(
    "fields",
    [{}, {"do": "steal"}, {"do": "pay"}, {"do": "pay", "account": "who_knows"}, {"do": "charge_back"}],
)
def test_nonsense_is_refused_and_changes_nothing(world, browser, fields):
    payment = world.payment()
    assert send(browser, world, payment, **fields).status == 409
    assert world.provider.query(payment).state == "pending"


def test_the_switches_of_the_page(world, browser):
    payment = world.payment()
    send(
        browser, world, payment, do="pay", account="person_1", amount="short", refund="refuse", news="twice",
        wrong_currency="on", wrong_payer="on",
    )  # fmt: skip
    told = world.await_events(payment, 3)
    assert {event.event_id for event in told} == {told[0].event_id}
    assert (told[0].amount_minor, told[0].currency, told[0].payer) == (9_000, "USD", "somebody_else")


def test_the_bank_takes_it_back(world, browser):
    payment = world.payment()
    send(browser, world, payment, do="pay", account="person_1")
    assert send(browser, world, payment, do="charge_back").status == 303
    eventually(lambda: any(isinstance(event, ChargedBack) for event in world.events(payment)))
    assert send(browser, world, payment, do="charge_back").status == 409


@pytest.mark.parametrize(("do", "won"), [("bank_won", True), ("bank_lost", False)])
def test_the_bank_decides(world, browser, do, won):
    payment = world.payment()
    send(browser, world, payment, do="pay", account="person_1")
    assert "bank_won" not in page(browser, address(world, payment))[0].data.decode()
    assert send(browser, world, payment, do=do).status == 409  # It has taken nothing yet.
    send(browser, world, payment, do="charge_back")
    assert "bank_won" in page(browser, address(world, payment))[0].data.decode()
    assert send(browser, world, payment, do=do).status == 303
    told = [event for event in world.await_events(payment, 3) if isinstance(event, ChargebackEnded)]
    assert [event.won for event in told] == [won]
    answer = page(browser, address(world, payment))[0].data.decode()
    assert "charge_back" not in answer
    assert send(browser, world, payment, do=do).status == 409


def test_after_its_time(world, browser):
    request = world.request(expires_ms=clock_ms() - 1)
    payment = payment_of(request, world.provider.create(request).payment_id)
    assert "已关闭" in page(browser, address(world, payment))[1].text
    assert send(browser, world, payment, do="pay", account="person_1").status == 409


def test_a_wrong_address(world, browser):
    answer, seen = page(browser, f"{world.url}/pay/play_0")
    assert answer.status == 404
    assert "没有这笔付款" in seen.text


def test_it_says_that_it_is_well(world, browser):
    assert browser.request("GET", f"{world.url}/healthz").json() == {"status": "ok"}


def test_a_form_without_end_is_cut_off(world, browser):
    answer = browser.request("POST", address(world, world.payment()), body=b"x" * 5_000)
    assert answer.status == 413
