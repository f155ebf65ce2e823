"""What no provider could take is refused before any is asked; what an event says survives being written down."""

from __future__ import annotations

import msgspec
import pytest

from cardtrail.payments.bodies import as_yuan, as_zoned, beijing_ms, strict_json, yuan, zoned_ms
from cardtrail.payments.port import (
    ChargebackEnded,
    ChargedBack,
    Closed,
    Event,
    Method,
    Paid,
    ProviderRefused,
    Refunded,
    RefundFailed,
    Released,
    Standing,
    check_amount,
    check_key,
    page_in,
)
from cardtrail.payments.sandbox.client import Sandbox
from cardtrail.payments.stripe.provider import Stripe
from tests.payments.fakes import NOW_MS, payment_request

ABOUT = {"event_id": "e", "payment_id": "p", "order_id": "order_1", "at_ms": 1}


@pytest.mark.parametrize(
    "changes",
    [
        *({"amount_minor": amount} for amount in (0, -1, 1.0, True, 2**53, "1", None)),
        *(
            {"order_id": order}
            for order in ("", "short", "x" * 33, "order-1", "order/1", "ordér_1", "order_1\n")
        ),
        *({"currency": code} for code in ("", "cny", "CN", "CNYY", "C1Y", "CNY\n")),
        *({"subject": subject} for subject in ("", "x" * 101, "a\nb", "a\u202eb", "\ud800", "\x00")),
        *({"payee": payee} for payee in ("", "x" * 129, "a b", "卖家")),
        *({"payer": payer} for payer in ("x" * 129, "a\nb")),
        *({"expires_ms": time} for time in (0, -1, 1.5, True)),
        *({"notify_url": url} for url in ("", "javascript:alert(1)", "//cards.example/", "ftp://x/")),
        {"return_url": "data:text/html,x"},
    ],
)
def test_a_request_that_no_provider_could_take(changes):
    with pytest.raises(ValueError, match=r"."):
        payment_request(**changes)


@pytest.mark.parametrize("key", ["", "a b", "a-b", "x" * 65, "ä", "a\n"])
def test_keys_that_not_all_providers_take(key):
    with pytest.raises(ValueError, match="a key has"):
        check_key(key)


@pytest.mark.parametrize("amount", [0, -5, 1.0, True, 2**53, float("nan"), "5"])
def test_amounts_that_are_none(amount):
    with pytest.raises(ValueError, match="an amount is"):
        check_amount(amount)


@pytest.mark.parametrize(
    "event",
    [
        Paid(**ABOUT, amount_minor=1, currency="CNY", payer="x", method=Method.CARD),
        Closed(**ABOUT),
        Refunded(**ABOUT, key="k", amount_minor=1),
        RefundFailed(**ABOUT, key="k", amount_minor=1, code="c"),
        Released(**ABOUT, key="k", amount_minor=1),
        ChargedBack(**ABOUT, amount_minor=1),
        ChargebackEnded(**ABOUT, amount_minor=1, won=True),
    ],
)
def test_events_can_be_kept(event):
    assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event


def test_what_is_held():
    funds = {"paid_minor": 100, "refunded_minor": 10, "refunding_minor": 20, "released_minor": 30}
    assert Standing(payment_id="p", state="paid", currency="CNY", **funds).held_minor == 40


def test_a_refusal_says_what_and_whose():
    assert str(ProviderRefused("not_enough", "ACQ.X")) == "not_enough (ACQ.X)"


def test_yuan_there_and_back():
    for minor in (0, 1, 10, 99, 100, 8_850, 10**11):
        assert yuan(as_yuan(minor)) == minor
    assert (yuan("5"), yuan("5.5")) == (500, 550)


def test_times():
    assert beijing_ms("2027-01-15 16:00:00") == NOW_MS
    assert zoned_ms("2027-01-15T08:00:00+00:00") == NOW_MS
    assert zoned_ms(as_zoned(NOW_MS + 999)) == NOW_MS
    with pytest.raises(ValueError, match="zone"):
        zoned_ms("2027-01-15T08:00:00")


@pytest.mark.parametrize(
    "raw", ['{"a":1,"a":1}', "[]", "1", '{"a":NaN}', '{"a":-Infinity}', "{", f'{{"a":{"9" * 21}}}']
)
def test_json_that_could_be_read_in_two_ways(raw):
    with pytest.raises(ValueError, match=r"."):
        strict_json(raw)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://pay.example/p/1", "https://pay.example/p/1?language=en"),
        ("https://pay.example/p/1?k=v", "https://pay.example/p/1?k=v&language=en"),
        ("", ""),
    ],
)
def test_a_pay_page_is_asked_for_in_a_language(url, expected):
    assert page_in("en", url, Sandbox.terms) == expected


def test_where_a_provider_takes_no_such_wish_the_address_stays_as_it_is():
    url = "https://checkout.stripe.com/c/pay/cs_test_1#abc"
    terms = Stripe("sk_test_x", "whsec_x", frozenset({"USD"})).terms
    assert page_in("en", url, terms) == url
