"""WeChat Pay: whom it believes, what it makes of news, what it asks for. Keys are made here, and nothing is sent."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from cardtrail.payments.keys import certificate
from cardtrail.payments.port import (
    BadNotification,
    Method,
    Paid,
    Progress,
    ProviderAway,
    ProviderRefused,
    Refunded,
    RefundFailed,
)
from cardtrail.payments.settings import Settings
from cardtrail.payments.transport import Answer
from cardtrail.payments.wechat.provider import WeChat
from cardtrail.payments.wechat.seal import WINDOW_MS, Keys
from tests.payments.fakes import NOW_MS, ORDER, Fake, a_payment, payment_request, rsa_key, silent

APP, MERCHANT, SELLER = "wx8888888888888888", "1230000109", "1900000109"
SERIAL = "PUB_KEY_ID_0112300001092027011500192027000000"
API_KEY = "0123456789abcdef0123456789abcdef"
TRANSACTION = "4200001361307220321004860688"

PAID = {
    "sp_mchid": MERCHANT, "sp_appid": APP, "sub_mchid": SELLER, "out_trade_no": ORDER,
    "transaction_id": TRANSACTION, "trade_state": "SUCCESS", "bank_type": "CMB_CREDIT",
    "success_time": "2027-01-15T15:59:58+08:00", "payer": {"sp_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
    "amount": {"total": 8850, "payer_total": 8850, "currency": "CNY", "payer_currency": "CNY"},
}  # fmt: skip
REFUND = {
    "sp_mchid": MERCHANT, "sub_mchid": SELLER, "out_trade_no": ORDER, "transaction_id": TRANSACTION,
    "out_refund_no": "back_1", "refund_id": "50302030148218522032126281690", "refund_status": "SUCCESS",
    "success_time": "2027-01-15T16:00:00+08:00", "amount": {"total": 8850, "refund": 850, "payer_refund": 850},
}  # fmt: skip


def seal_headers(body, *, key="wechat", serial=SERIAL, now_ms=NOW_MS, nonce="5K8264ILTKCH16CQ2502"):
    time = str(now_ms // 1000)
    signature = rsa_key(key).sign(f"{time}\n{nonce}\n{body}\n".encode(), PKCS1v15(), SHA256())
    return {
        "Wechatpay-Serial": serial,
        "Wechatpay-Timestamp": time,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": b64encode(signature).decode(),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def news(resource, kind="TRANSACTION.SUCCESS", *, api_key=API_KEY, raw=None, algorithm="AEAD_AES_256_GCM"):
    plain = raw if raw is not None else json.dumps(resource)
    sealed = AESGCM(api_key.encode()).encrypt(b"fdasflkja484", plain.encode(), b"transaction")
    return json.dumps(
        {
            "id": "EV-2018022511223320873",
            "create_time": "2027-01-15T16:00:00+08:00",
            "event_type": kind,
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": {
                "algorithm": algorithm,
                "ciphertext": b64encode(sealed).decode(),
                "nonce": "fdasflkja484",
                "associated_data": "transaction",
                "original_type": "transaction",
            },
        },
        ensure_ascii=False,
    )


def wechat(transport=None, keys=None):
    believed = keys or {SERIAL: rsa_key("wechat").public_key()}
    ours = Keys(MERCHANT, "444F4864EA9B34415C5E", rsa_key("shop"), believed, API_KEY)
    return WeChat(
        APP,
        ours,
        "https://cards.example/pay/notify/wechat/",
        transport=transport or Fake(silent),
        now_ms=lambda: NOW_MS,
    )


def told(body, **changes):
    return wechat().parse_notification(body.encode(), seal_headers(body, **changes), NOW_MS)


def refusal(body, headers=None, now_ms=NOW_MS, **changes):
    with pytest.raises(BadNotification) as caught:
        wechat().parse_notification(
            body.encode(), headers if headers is not None else seal_headers(body, **changes), now_ms
        )
    return caught.value.code


def test_money_came():
    assert told(news(PAID)) == Paid(
        event_id="EV-2018022511223320873",
        payment_id=TRANSACTION,
        order_id=ORDER,
        at_ms=NOW_MS - 2_000,
        amount_minor=8_850,
        currency="CNY",
        payer="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        method=Method.CREDIT,
    )


def test_a_refund_came_to_its_end():
    event = told(news(REFUND, "REFUND.SUCCESS"))
    assert isinstance(event, Refunded)
    assert (event.key, event.amount_minor) == ("back_1", 850)
    for status in ("ABNORMAL", "CLOSED"):
        event = told(news({**REFUND, "refund_status": status}, f"REFUND.{status}"))
        assert isinstance(event, RefundFailed)
        assert (event.code, event.at_ms) == (status.lower(), NOW_MS)


@pytest.mark.parametrize("kind", ["PROFITSHARING", "SOMETHING.NEW"])
def test_genuine_and_not_about_an_order(kind):
    assert told(news(PAID, kind)) is None


@pytest.mark.parametrize(
    ("bank", "method"), [("OTHERS", Method.BALANCE), ("ICBC_DEBIT", Method.BALANCE), ("X", Method.OTHER)]
)
def test_what_was_paid_with(bank, method):
    assert told(news({**PAID, "bank_type": bank})).method is method


def test_header_names_in_any_spelling():
    body = news(PAID)
    headers = {name.upper(): value for name, value in seal_headers(body).items()}
    assert wechat().parse_notification(body.encode(), headers, NOW_MS) is not None


def test_a_changed_body():
    body = news(PAID)
    headers = seal_headers(body)
    assert refusal(body.replace("TRANSACTION.SUCCESS", "TRANSACTION.SUCCES"), headers) == "bad_signature"
    assert refusal(body + " ", headers) == "bad_signature"


@pytest.mark.parametrize("name", ["Wechatpay-Timestamp", "Wechatpay-Nonce"])
def test_a_changed_header(name):
    body = news(PAID)
    headers = seal_headers(body)
    headers[name] = headers[name][:-1] + "9"
    assert refusal(body, headers) == "bad_signature"


@pytest.mark.parametrize("name", ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature"])
def test_a_missing_header(name):
    body = news(PAID)
    headers = seal_headers(body)
    del headers[name]
    assert refusal(body, headers) == "malformed"


def test_another_key_and_another_serial():
    body = news(PAID)
    assert refusal(body, key="stranger") == "bad_signature"
    assert refusal(body, key="stranger", serial="5157F09EFDC096DE15EBE81A47057A7200000000") == "unknown_key"
    assert refusal(body, serial="") == "unknown_key"
    assert (
        refusal(body, {**seal_headers(body), "Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"})
        == "malformed"
    )


def test_an_unknown_serial_makes_nobody_call_out():
    transport = Fake(silent)
    body = news(PAID)
    with pytest.raises(BadNotification):
        wechat(transport).parse_notification(body.encode(), seal_headers(body, serial="AB"), NOW_MS)
    assert transport.sent == []


def test_wechats_own_probe_of_our_check_fails():
    body = news(PAID)
    headers = seal_headers(body) | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abcdefghijklmnopqrstuvwxyz"}
    assert refusal(body, headers) == "bad_signature"


def test_a_platform_certificate(tmp_path):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(rsa_key("wechat").public_key())
        .serial_number(0x5157F09EFDC096DE15EBE81A47057A72).not_valid_before(began)
        .not_valid_after(began + timedelta(days=1825)).sign(rsa_key("tenpay"), SHA256())
    )  # fmt: skip
    (tmp_path / "wechat.pem").write_bytes(made.public_bytes(Encoding.PEM))
    serial, key = certificate(Settings({"FILE": str(tmp_path / "wechat.pem")}), "FILE")
    body = news(PAID)
    headers = seal_headers(body, serial="5157f09efdc096de15ebe81a47057a72")
    assert wechat(keys={serial: key}).parse_notification(body.encode(), headers, NOW_MS) is not None


@pytest.mark.parametrize(
    ("off_ms", "believed"),
    [(WINDOW_MS, True), (WINDOW_MS + 1_000, False), (-WINDOW_MS, True), (-WINDOW_MS - 1_000, False)],
)
def test_a_clock_that_is_off_and_a_replay(off_ms, believed):
    body = news(PAID)
    if believed:
        assert wechat().parse_notification(body.encode(), seal_headers(body), NOW_MS + off_ms) is not None
    else:
        assert refusal(body, seal_headers(body), NOW_MS + off_ms) == "stale"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (news(PAID, api_key="f" * 32), "bad_signature"),
        (news(PAID, algorithm="AEAD_SM4_GCM"), "malformed"),
        (news({**PAID, "sp_mchid": "1230000110"}), "wrong_recipient"),
        (news({**PAID, "sp_appid": "wx0"}), "wrong_recipient"),
        (news({**PAID, "sp_mchid": "1"}, "PROFITSHARING"), "wrong_recipient"),
        (news({**PAID, "out_trade_no": "x"}), "malformed"),
        (news({**PAID, "success_time": "2027-01-15T15:59:58"}), "malformed"),
        (news({name: value for name, value in PAID.items() if name != "transaction_id"}), "malformed"),
        (news(None, raw="[]"), "malformed"),
        (news(None, raw=json.dumps(PAID)[:-1] + ',"out_trade_no":"order_other"}'), "malformed"),
        (news({**REFUND, "refund_status": "PROCESSING"}, "REFUND.SUCCESS"), "malformed"),
        ("{}", "malformed"),
        ("", "malformed"),
        *(
            (news(None, raw=json.dumps(PAID).replace('"total": 8850', f'"total": {amount}')), "bad_amount")
            for amount in ("-1", "0", "88.5", "8850.0", "true", '"8850"', "null", "9007199254740992", "1e3")
        ),
        *(
            (news(None, raw=json.dumps(PAID).replace('"total": 8850', f'"total": {amount}')), "malformed")
            for amount in ("NaN", "Infinity", "1" * 30)
        ),
    ],
)  # fmt: skip
def test_not_believed(body, code):
    assert refusal(body) == code


def test_too_large():
    assert refusal("x" * 300_000) == "too_large"


def answering(*answers, key="wechat", now_ms=NOW_MS):
    """WeChat Pay, giving these answers to these calls: (method, start of the path, status, content), in order."""
    left = list(answers)

    def answer(sent):
        method, path, status, content = left.pop(0)
        assert sent.method == method
        assert sent.url.removeprefix("https://api.mch.weixin.qq.com").startswith(path), sent.url
        body = "" if content is None else json.dumps(content)
        headers = {name.lower(): value for name, value in seal_headers(body, key=key, now_ms=now_ms).items()}
        return Answer(status, headers, body.encode())

    return Fake(answer)


ORDER_PATH = f"/v3/pay/partner/transactions/out-trade-no/{ORDER}"
SHARES = "/v3/ecommerce/profitsharing/orders?"
FINISH = "/v3/ecommerce/profitsharing/finish-order"


def seller_payment(**changes):
    return a_payment(payee=SELLER, **changes)


def test_creating():
    transport = answering(
        ("POST", "/v3/pay/partner/transactions/native", 200, {"code_url": "weixin://wxpay/bizpayurl?pr=x"})
    )
    way = wechat(transport).create(payment_request(payee=SELLER))
    assert way.qr == "weixin://wxpay/bizpayurl?pr=x"
    asked = json.loads(transport.sent[0].body)
    assert asked["amount"] == {"total": 8850, "currency": "CNY"}
    assert (asked["sub_mchid"], asked["time_expire"]) == (SELLER, "2027-01-15T16:15:00+08:00")
    # Without it the seller would have the money at once.
    assert asked["settle_info"] == {"profit_sharing": True}
    authorization = transport.sent[0].headers["authorization"]
    assert authorization.startswith(f'WECHATPAY2-SHA256-RSA2048 mchid="{MERCHANT}"')
    assert API_KEY not in authorization


def test_releasing_is_taken_and_done_later():
    order = {**PAID, "trade_state": "SUCCESS"}
    provider = wechat(
        answering(
            ("GET", ORDER_PATH, 200, order),
            ("POST", FINISH, 200, {"order_id": "3008"}),
            ("GET", SHARES, 200, {"status": "PROCESSING"}),
            ("GET", ORDER_PATH, 200, order),
            ("POST", FINISH, 200, {"order_id": "3008"}),
            ("GET", SHARES, 200, {"status": "FINISHED"}),
        )
    )
    assert provider.release(seller_payment(), 8_850, "out_1") is Progress.PENDING
    assert provider.release(seller_payment(), 8_850, "out_1") is Progress.DONE


def test_releasing_what_was_never_paid():
    unpaid = {**PAID, "trade_state": "NOTPAY"}
    with pytest.raises(ProviderRefused, match="not_paid"):
        wechat(answering(("GET", ORDER_PATH, 200, unpaid))).release(seller_payment(), 1, "k")
    with pytest.raises(ProviderRefused, match="not_the_rest"):
        wechat(answering(("GET", ORDER_PATH, 200, PAID))).release(seller_payment(), 8_851, "k")


def test_refunding():
    transport = answering(("POST", "/v3/ecommerce/refunds/apply", 200, {"refund_id": "5"}))
    assert wechat(transport).refund(seller_payment(), 850, "back_1") is Progress.PENDING
    asked = json.loads(transport.sent[0].body)
    assert asked["amount"] == {"refund": 850, "total": 8850, "currency": "CNY"}
    assert (asked["out_refund_no"], asked["sub_mchid"]) == ("back_1", SELLER)


def test_the_standing_of_the_funds():
    refunds = "/v3/ecommerce/refunds/out-refund-no/"
    transport = answering(
        ("GET", ORDER_PATH, 200, {**PAID, "trade_state": "REFUND"}),
        ("GET", f"{refunds}back_1", 200, {"status": "SUCCESS", "amount": {"refund": 850}}),
        ("GET", f"{refunds}back_2", 200, {"status": "PROCESSING", "amount": {"refund": 1000}}),
        ("GET", f"{refunds}back_3", 404, {"code": "RESOURCE_NOT_EXISTS"}),
        ("GET", SHARES, 404, {"code": "RESOURCE_NOT_EXISTS"}),
    )
    found = wechat(transport).query(seller_payment(), refunds=["back_1", "back_2", "back_3"], release="out_1")
    assert (found.paid_minor, found.refunded_minor, found.refunding_minor, found.released_minor) == (
        8850,
        850,
        1000,
        0,
    )
    assert (
        wechat(answering(("GET", ORDER_PATH, 404, {"code": "ORDER_NOT_EXIST"}))).query(seller_payment())
        is None
    )
    assert (
        wechat(answering(("GET", ORDER_PATH, 200, {"trade_state": "CLOSED"}))).query(seller_payment()).state
        == "closed"
    )


def test_closing():
    wechat(answering(("POST", f"{ORDER_PATH}/close", 204, None))).close(seller_payment())
    with pytest.raises(ProviderRefused, match="already_paid"):
        wechat(answering(("POST", f"{ORDER_PATH}/close", 400, {"code": "ORDERPAID"}))).close(seller_payment())


@pytest.mark.parametrize(
    "transport",
    [
        answering(("POST", "/v3/ecommerce/refunds/apply", 200, {}), key="stranger"),
        answering(("POST", "/v3/ecommerce/refunds/apply", 200, {}), now_ms=NOW_MS - WINDOW_MS - 1_000),
        answering(("POST", "/v3/ecommerce/refunds/apply", 500, {"code": "SYSTEM_ERROR"})),
        answering(("POST", "/v3/ecommerce/refunds/apply", 400, {"code": "FREQUENCY_LIMITED"})),
        Fake(lambda _: Answer(200, {}, b"{}")),
        Fake(silent),
    ],
)
def test_nothing_is_known(transport):
    with pytest.raises(ProviderAway):
        wechat(transport).refund(seller_payment(), 1, "k")


def test_no_secret_is_shown():
    assert API_KEY not in repr(wechat()) + repr(wechat()._keys)
