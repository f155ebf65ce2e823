"""Alipay: whom it believes, what it makes of news, what it asks for. Keys are made here, and nothing is sent."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from cardtrail.payments.alipay.notice import AHEAD_MS, PAST_MS
from cardtrail.payments.alipay.provider import Alipay
from cardtrail.payments.bodies import as_beijing
from cardtrail.payments.port import (
    BadNotification,
    Closed,
    Method,
    Paid,
    Progress,
    ProviderAway,
    ProviderRefused,
)
from cardtrail.payments.transport import Answer
from tests.payments.fakes import NOW_MS, ORDER, Fake, a_payment, payment_request, rsa_key, silent

APP = "2021000000000001"
TRADE = "2027011522001400001"
NEWS = {
    "notify_time": as_beijing(NOW_MS),
    "notify_type": "trade_status_sync",
    "notify_id": "ac05099524730693a8b330c5ecf72da978",
    "app_id": APP,
    "charset": "utf-8",
    "version": "1.0",
    "trade_no": TRADE,
    "out_trade_no": ORDER,
    "buyer_id": "2088102122524333",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "88.50",
    "gmt_payment": "2027-01-15 15:59:58",
    "subject": "礼品卡 & more=less",
    "fund_bill_list": '[{"amount":"88.50","fundChannel":"ALIPAYACCOUNT"}]',
}


def signed(text, key="alipay", algorithm=None):
    return b64encode(rsa_key(key).sign(text.encode(), PKCS1v15(), algorithm or SHA256())).decode()


def news(*, key="alipay", algorithm=None, sign_type="RSA2", **changes):
    """A notification as Alipay sends it; a change to None leaves the field out."""
    fields = {name: value for name, value in {**NEWS, **changes}.items() if value is not None}
    content = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return urlencode({**fields, "sign_type": sign_type, "sign": signed(content, key, algorithm)}).encode()


def answering(*answers, key="alipay"):
    """A gateway that gives these answers to these methods: (method, content), in order."""
    left = list(answers)

    def answer(sent):
        method, content = left.pop(0)
        assert dict(parse_qsl(sent.body.decode()))["method"] == method
        raw = json.dumps(content, ensure_ascii=False)
        name = method.replace(".", "_") + "_response"
        body = f'{{"{name}":{raw},"sign":"{signed(raw, key)}"}}'
        return Answer(200, {}, body.encode())

    return Fake(answer)


def alipay(transport=None):
    return Alipay(
        APP,
        rsa_key("shop"),
        rsa_key("alipay").public_key(),
        transport=transport or Fake(silent),
        now_ms=lambda: NOW_MS,
    )


def refusal(body, now_ms=NOW_MS):
    with pytest.raises(BadNotification) as caught:
        alipay().parse_notification(body, {}, now_ms)
    return caught.value.code


def test_money_came():
    event = alipay().parse_notification(news(), {}, NOW_MS)
    assert event == Paid(
        event_id=f"{TRADE}_paid",
        payment_id=TRADE,
        order_id=ORDER,
        at_ms=NOW_MS - 2_000,
        amount_minor=8_850,
        currency="CNY",
        payer="2088102122524333",
        method=Method.BALANCE,
    )


def test_the_same_payment_is_the_same_event_however_it_is_told():
    one = alipay().parse_notification(news(), {}, NOW_MS)
    other = alipay().parse_notification(news(trade_status="TRADE_FINISHED", notify_id="another"), {}, NOW_MS)
    assert one.event_id == other.event_id


def test_nobody_paid():
    event = alipay().parse_notification(
        news(trade_status="TRADE_CLOSED", gmt_payment=None, refund_fee="0.00"), {}, NOW_MS
    )
    assert isinstance(event, Closed)


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_status": "WAIT_BUYER_PAY"},
        {"notify_type": "other"},
        {"refund_fee": "1.00"},
        {"gmt_refund": "2027-01-15 16:00:00.123"},
        # Refunded whole: closed, and yet it was paid once.
        {"trade_status": "TRADE_CLOSED", "refund_fee": "88.50", "gmt_refund": "2027-01-15 16:00:00"},
    ],
)
def test_genuine_and_nothing_new(changes):
    assert alipay().parse_notification(news(**changes), {}, NOW_MS) is None


@pytest.mark.parametrize("field", [name for name in NEWS if name != "charset"])
def test_no_field_can_be_changed(field):
    fields = dict(parse_qsl(news().decode()))
    fields[field] = fields[field].replace("8", "9") if "8" in fields[field] else fields[field] + "x"
    assert refusal(urlencode(fields).encode()) == "bad_signature"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (lambda: news(key="stranger"), "bad_signature"),
        (lambda: news(key="shop"), "bad_signature"),  # Our own signature on something is not Alipay's.
        (lambda: news(algorithm=SHA1()), "bad_signature"),
        (lambda: news(sign_type="RSA"), "malformed"),
        (lambda: news(app_id="2021000000000002"), "wrong_recipient"),
        (lambda: news() + b"&total_amount=0.01", "malformed"),
        (lambda: news() + b"&sign=x", "malformed"),
        (lambda: b"", "malformed"),
        (lambda: b"\xff=1", "malformed"),
        (lambda: b"x" * 300_000, "too_large"),
        (lambda: urlencode(NEWS).encode(), "malformed"),
        (lambda: news(out_trade_no="../../x"), "malformed"),
        (lambda: news(notify_time="yesterday"), "malformed"),
        (lambda: news(notify_time=None), "malformed"),
        (lambda: news(total_amount="0.00"), "bad_amount"),
        *(
            (lambda amount=amount: news(total_amount=amount), "malformed")
            for amount in ("-88.50", "88.505", "1e400", "NaN", "88,50", " 88.50", "８８.50", "+1", "", "99999999999999")
        ),
    ],
)  # fmt: skip
def test_not_believed(body, code):
    assert refusal(body()) == code


@pytest.mark.parametrize(
    ("off_ms", "believed"),
    [(0, True), (PAST_MS, True), (PAST_MS + 1_000, False), (-AHEAD_MS, True), (-AHEAD_MS - 1_000, False)],
)
def test_news_from_another_day(off_ms, believed):
    if believed:
        assert alipay().parse_notification(news(), {}, NOW_MS + off_ms) is not None
    else:
        assert refusal(news(), NOW_MS + off_ms) == "stale"


@pytest.mark.parametrize(
    ("bills", "method"),
    [
        ('[{"fundChannel":"PCREDIT"},{"fundChannel":"ALIPAYACCOUNT"}]', Method.CREDIT),
        ('[{"fundChannel":"BANKCARD"}]', Method.OTHER),
        ("[]", Method.OTHER),
        ("nonsense", Method.OTHER),
        (None, Method.OTHER),
    ],
)
def test_what_was_paid_with(bills, method):
    assert alipay().parse_notification(news(fund_bill_list=bills), {}, NOW_MS).method is method


def test_the_address_to_pay_at():
    transport = Fake(silent)
    way = alipay(transport).create(payment_request())
    fields = {name: values[0] for name, values in parse_qs(urlsplit(way.url).query).items()}
    signature = fields.pop("sign")
    content = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    assert signature == signed(content, "shop")
    assert transport.sent == []
    assert (fields["app_id"], fields["method"]) == (APP, "alipay.trade.wap.pay")
    asked = json.loads(fields["biz_content"])
    assert asked["out_trade_no"] == ORDER
    assert asked["total_amount"] == "88.50"
    assert asked["time_expire"] == "2027-01-15 16:15:00"
    # Without these three the money would not wait, or would be the platform's.
    assert asked["sub_merchant"] == {"merchant_id": "2088000000000001"}
    assert asked["settle_info"]["settle_period_time"] == "365d"
    assert asked["settle_info"]["settle_detail_infos"][0]["amount"] == "88.50"


def test_other_money_than_yuan():
    with pytest.raises(ProviderRefused, match="not_allowed"):
        alipay().create(payment_request(currency="USD"))


def test_release_and_refund():
    transport = answering(
        ("alipay.trade.settle.confirm", {"code": "10000", "msg": "Success", "trade_no": TRADE}),
        ("alipay.trade.refund", {"code": "10000", "msg": "Success", "fund_change": "N"}),
    )
    provider = alipay(transport)
    assert provider.release(a_payment(payment_id=TRADE), 7_850, "release_1") is Progress.DONE
    assert provider.refund(a_payment(), 1, "refund_1") is Progress.DONE
    settled, refunded = (
        json.loads(dict(parse_qsl(sent.body.decode()))["biz_content"]) for sent in transport.sent
    )
    assert settled["out_request_no"] == "release_1"
    assert settled["settle_info"]["settle_detail_infos"] == [
        {"trans_in_type": "defaultSettle", "amount": "78.50"}
    ]
    assert refunded == {"out_trade_no": ORDER, "refund_amount": "0.01", "out_request_no": "refund_1"}


def test_the_standing_of_the_funds():
    found = {
        "code": "10000", "trade_no": TRADE, "out_trade_no": ORDER, "trade_status": "TRADE_SUCCESS",
        "total_amount": "88.50", "send_pay_date": "2027-01-15 15:59:58", "buyer_user_id": "2088102122524333",
        "trade_settle_info": {"trade_unsettled_amount": "78.50"}, "fund_bill_list": [{"fund_channel": "PCREDIT"}],
    }  # fmt: skip
    refund = {"code": "10000", "refund_status": "REFUND_SUCCESS", "refund_amount": "10.00"}
    never = {"code": "10000"}
    transport = answering(
        ("alipay.trade.query", found),
        ("alipay.trade.fastpay.refund.query", refund),
        ("alipay.trade.fastpay.refund.query", never),
    )
    standing = alipay(transport).query(a_payment(), refunds=["back_1", "back_2"])
    assert (standing.paid_minor, standing.refunded_minor, standing.released_minor) == (8_850, 1_000, 0)
    assert (standing.held_minor, standing.payer, standing.method) == (
        7_850,
        "2088102122524333",
        Method.CREDIT,
    )


def test_an_order_that_nobody_has_opened_is_unknown():
    missing = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST"}
    assert alipay(answering(("alipay.trade.query", missing))).query(a_payment()) is None
    alipay(answering(("alipay.trade.close", missing))).close(a_payment())


@pytest.mark.parametrize(
    ("sub_code", "code"),
    [
        ("ACQ.DISCORDANT_REPEAT_REQUEST", "key_reused"),
        ("ACQ.SELLER_BALANCE_NOT_ENOUGH", "released"),
        ("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "not_enough"),
        ("ACQ.SOMETHING_NEW", "other"),
    ],
)
def test_refusals(sub_code, code):
    provider = alipay(answering(("alipay.trade.refund", {"code": "40004", "sub_code": sub_code})))
    with pytest.raises(ProviderRefused) as caught:
        provider.refund(a_payment(), 1, "k")
    assert (caught.value.code, caught.value.detail) == (code, sub_code)


@pytest.mark.parametrize(
    "transport",
    [
        answering(("alipay.trade.refund", {"code": "10000"}), key="stranger"),
        answering(("alipay.trade.refund", {"code": "20000", "sub_code": "isp.unknow-error"})),
        answering(("alipay.trade.refund", {"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"})),
        Fake(lambda _: Answer(502, {}, b"")),
        Fake(lambda _: Answer(200, {}, b"<html>")),
        Fake(lambda _: Answer(200, {}, b'{"alipay_trade_refund_response":{"code":"10000"}}')),
        Fake(lambda _: Answer(200, {}, b'{"alipay_trade_refund_response":[],"sign":""}')),
        Fake(silent),
    ],
)
def test_nothing_is_known(transport):
    """No answer, or one that Alipay did not sign: to be asked again with the same key."""
    with pytest.raises(ProviderAway):
        alipay(transport).refund(a_payment(), 1, "k")


def test_no_secret_is_shown():
    assert repr(alipay()) == f"Alipay({APP})"
