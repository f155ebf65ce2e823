"""Payment providers with one defence taken away: what is forged or has two meanings is then believed."""

from __future__ import annotations

import json

import msgspec
import pytest
import stripe

from cardtrail.payments.alipay.gateway import Gateway
from cardtrail.payments.port import BadNotification, Method, Paid
from cardtrail.payments.sandbox import client as sandbox
from cardtrail.payments.sandbox.client import Sandbox
from cardtrail.payments.sandbox.seal import seal
from cardtrail.payments.stripe import notice as stripe_notice
from cardtrail.payments.wechat.seal import Keys
from cardtrail.signing.keys import SecretKey
from tests.payments import test_alipay, test_stripe, test_wechat
from tests.payments.fakes import NOW_MS, ORDER, Fake, silent

STOLEN = "forger"
defended = pytest.mark.parametrize("defended", [True, False], ids=["with", "without"])


def alipay():
    """A provider, and a notification that somebody else has signed."""
    return test_alipay.alipay(), test_alipay.news(key=STOLEN), {}


def wechat():
    body = test_wechat.news(test_wechat.PAID)
    return test_wechat.wechat(), body.encode(), test_wechat.seal_headers(body, key=STOLEN)


def stripes():
    body = test_stripe.news("charge.succeeded", test_stripe.CHARGE)
    return test_stripe.provider(), body.encode(), test_stripe.headers(body, secret="whsec_of_somebody_else")


SHOP, PLAY, OTHER = SecretKey.generate(), SecretKey.generate(), SecretKey.generate()


def play(amount_minor: int = 8_850, key: SecretKey = OTHER):
    event = Paid(
        event_id="e", payment_id="p", order_id=ORDER, at_ms=NOW_MS, amount_minor=amount_minor, currency="CNY",
        payer="x", method=Method.CARD,
    )  # fmt: skip
    body = msgspec.json.encode(event)
    provider = Sandbox(
        lambda: "http://play", SHOP, PLAY.public, transport=Fake(silent), now_ms=lambda: NOW_MS
    )
    return provider, body, seal(key, "notification", SHOP.public.hex(), body, NOW_MS)


UNCHECKED = {
    alipay: (Gateway, "genuine", lambda *_: True),
    wechat: (Keys, "check", lambda *_: None),
    stripes: (stripe.WebhookSignature, "verify_header", lambda *_: True),
    play: (sandbox, "unseal", lambda *_: "believed"),
}


@defended
@pytest.mark.parametrize("forged", UNCHECKED, ids=lambda forged: forged.__name__)
def test_what_somebody_else_signed_is_not_believed(monkeypatch, forged, defended):
    provider, body, headers = forged()
    if defended:
        with pytest.raises(BadNotification) as refused:
            provider.parse_notification(body, headers, NOW_MS)
        assert refused.value.code == "bad_signature"
        return
    monkeypatch.setattr(*UNCHECKED[forged])
    event = provider.parse_notification(body, headers, NOW_MS)
    assert isinstance(event, Paid)
    assert event.amount_minor == 8_850


@defended
@pytest.mark.parametrize("amount_minor", [-1, 0, 2**53])
def test_money_that_is_none_did_not_come(monkeypatch, amount_minor, defended):
    provider, body, headers = play(amount_minor, PLAY)
    if defended:
        with pytest.raises(BadNotification) as refused:
            provider.parse_notification(body, headers, NOW_MS)
        assert refused.value.code == "bad_amount"
        return
    monkeypatch.setattr(sandbox, "check_amount", lambda _: None)
    assert provider.parse_notification(body, headers, NOW_MS).amount_minor == amount_minor


@defended
def test_an_amount_that_is_said_twice_is_not_read(monkeypatch, defended):
    """Two readers could take two different amounts out of the same signed bytes."""
    body = test_stripe.news("charge.succeeded", test_stripe.CHARGE)
    twice = body.replace('"amount": 8850', '"amount": 1, "amount": 8850')
    assert twice != body
    headers, provider = test_stripe.headers(twice), test_stripe.provider()
    if defended:
        with pytest.raises(BadNotification) as refused:
            provider.parse_notification(twice.encode(), headers, NOW_MS)
        assert refused.value.code == "malformed"
        return
    monkeypatch.setattr(stripe_notice, "strict_json", json.loads)
    assert provider.parse_notification(twice.encode(), headers, NOW_MS).amount_minor == 8_850
