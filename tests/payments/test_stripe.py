"""Stripe: whom it believes, what it makes of news, what it asks for, through Stripe's own library. Nothing is sent."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from cardtrail.payments.port import (
    BadNotification,
    ChargebackEnded,
    ChargedBack,
    Closed,
    Method,
    Paid,
    Progress,
    ProviderAway,
    ProviderRefused,
    Refunded,
    RefundFailed,
    Released,
)
from cardtrail.payments.stripe.notice import WINDOW_MS, chargeback_of
from cardtrail.payments.stripe.provider import Stripe
from cardtrail.payments.transport import Answer
from tests.payments.fakes import NOW_MS, ORDER, Fake, a_payment, payment_request, silent

KEY, SECRET = "sk_test_51abcdefghijklmnop", "whsec_0123456789abcdef"
OURS = {"cardtrail_order": ORDER}
KEYED = {**OURS, "cardtrail_key": "key_1", "cardtrail_payment": "pi_1"}

CHARGE = {
    "id": "ch_1", "object": "charge", "amount": 8850, "amount_refunded": 0, "currency": "hkd", "paid": True,
    "captured": True, "disputed": False, "payment_intent": "pi_1", "customer": None, "metadata": OURS,
    "payment_method_details": {"type": "card", "card": {"fingerprint": "Xt5EWLLDS7FJjR1c", "brand": "visa"}},
}  # fmt: skip
REFUND = {
    "id": "re_1", "object": "refund", "amount": 850, "charge": "ch_1", "payment_intent": "pi_1",
    "status": "succeeded", "metadata": KEYED,
}  # fmt: skip
TRANSFER = {
    "id": "tr_1", "object": "transfer", "amount": 8000, "amount_reversed": 0, "currency": "hkd",
    "destination": "acct_1", "transfer_group": ORDER, "metadata": KEYED,
}  # fmt: skip
DISPUTE = {
    "id": "dp_1", "object": "dispute", "amount": 8850, "charge": "ch_1", "payment_intent": "pi_1",
    "status": "needs_response", "metadata": {},
}  # fmt: skip
SESSION = {
    "id": "cs_1", "object": "checkout.session", "url": "https://checkout.stripe.com/c/pay/cs_1", "status": "complete",
    "payment_status": "paid", "payment_intent": "pi_1", "metadata": OURS,
}  # fmt: skip
INTENT = {"id": "pi_1", "object": "payment_intent", "metadata": OURS, "latest_charge": CHARGE}


def news(kind, thing, **changes):
    event = {
        "id": "evt_1", "object": "event", "type": kind, "created": NOW_MS // 1000, "livemode": False,
        "data": {"object": thing}, **changes,
    }  # fmt: skip
    return json.dumps(event)


def provider(transport=None, key=KEY, now_ms=NOW_MS):
    return Stripe(key, SECRET, frozenset({"HKD"}), transport=transport or Fake(silent), now_ms=lambda: now_ms)


def headers(body, *, secret=SECRET, time_s=NOW_MS // 1000):
    return {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret, time_s)}


def told(body):
    return provider().parse_notification(body.encode(), headers(body), NOW_MS)


def refusal(body, given=None, now_ms=NOW_MS):
    raw = body.encode() if isinstance(body, str) else body
    with pytest.raises(BadNotification) as caught:
        provider().parse_notification(raw, headers(body) if given is None else given, now_ms)
    return caught.value.code


def test_money_came():
    assert told(news("charge.succeeded", CHARGE)) == Paid(
        event_id="evt_1",
        payment_id="pi_1",
        order_id=ORDER,
        at_ms=NOW_MS,
        amount_minor=8_850,
        currency="HKD",
        payer="Xt5EWLLDS7FJjR1c",
        method=Method.CARD,
    )


def test_the_page_ran_out():
    session = {**SESSION, "status": "expired", "payment_intent": None}
    event = told(news("checkout.session.expired", session))
    assert isinstance(event, Closed)
    assert (event.order_id, event.payment_id) == (ORDER, "cs_1")


def test_refunds():
    event = told(news("refund.created", REFUND))
    assert isinstance(event, Refunded)
    assert (event.key, event.amount_minor) == ("key_1", 850)
    failed = told(
        news("refund.failed", {**REFUND, "status": "failed", "failure_reason": "lost_or_stolen_card"})
    )
    assert isinstance(failed, RefundFailed)
    assert failed.code == "lost_or_stolen_card"
    assert told(news("refund.created", {**REFUND, "status": "pending"})) is None


def test_the_transfer():
    event = told(news("transfer.created", TRANSFER))
    assert isinstance(event, Released)
    assert (event.key, event.payment_id, event.amount_minor) == ("key_1", "pi_1", 8_000)


def test_a_chargeback_names_the_payment_alone():
    event = told(news("charge.dispute.created", DISPUTE))
    assert isinstance(event, ChargedBack)
    assert (event.order_id, event.payment_id, event.amount_minor) == ("", "pi_1", 8_850)
    assert told(news("charge.dispute.created", {**DISPUTE, "status": "warning_needs_response"})) is None


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_the_bank_decides(outcome):
    event = told(news("charge.dispute.closed", {**DISPUTE, "status": outcome}))
    assert isinstance(event, ChargebackEnded)
    assert (event.payment_id, event.amount_minor, event.won) == ("pi_1", 8_850, outcome == "won")


@pytest.mark.parametrize("status", ["warning_closed", "prevented"])
def test_an_enquiry_that_came_to_nothing_ends_nothing(status):
    assert told(news("charge.dispute.closed", {**DISPUTE, "status": status})) is None
    assert told(news("charge.dispute.created", {**DISPUTE, "status": status})) is None


@pytest.mark.parametrize(
    ("disputes", "standing"),
    [
        ([], (0, "")),
        ([("warning_closed", 5), ("prevented", 7)], (0, "")),
        ([("under_review", 5), ("won", 7)], (5, "open")),
        ([("lost", 5), ("won", 7)], (5, "lost")),
        ([("won", 7)], (0, "won")),
    ],
)
def test_how_chargebacks_stand(disputes, standing):
    assert chargeback_of(disputes) == standing


@pytest.mark.parametrize(
    "body",
    [
        news("charge.succeeded", {**CHARGE, "metadata": {}}),
        news("charge.succeeded", {**CHARGE, "captured": False}),
        news("charge.succeeded", CHARGE, account="acct_1"),
        news("payout.paid", {"id": "po_1", "metadata": OURS}),
    ],
)
def test_genuine_and_not_about_an_order(body):
    assert told(body) is None


def test_wallets_are_not_called_back_and_the_unknown_is_the_worst():
    for kind, method in (
        ("alipay", Method.BALANCE),
        ("wechat_pay", Method.BALANCE),
        ("sepa_debit", Method.OTHER),
    ):
        event = told(news("charge.succeeded", {**CHARGE, "payment_method_details": {"type": kind}}))
        assert event.method is method
        assert event.payer == ""


PAID = news("charge.succeeded", CHARGE)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (headers(PAID, secret="whsec_other"), "bad_signature"),
        (headers(PAID + " "), "bad_signature"),
        (headers(PAID, time_s=NOW_MS // 1000 - WINDOW_MS // 1000 - 1), "stale"),
        (headers(PAID, time_s=NOW_MS // 1000 + WINDOW_MS // 1000 + 1), "stale"),
        ({}, "malformed"),
        ({"Stripe-Signature": ""}, "malformed"),
        ({"Stripe-Signature": "v1=" + "0" * 64}, "malformed"),
        ({"Stripe-Signature": f"t={NOW_MS // 1000},v1=" + "0" * 64}, "bad_signature"),
        ({"Stripe-Signature": f"t={NOW_MS // 1000},v0=" + "0" * 64}, "bad_signature"),
    ],
)
def test_a_signature_that_does_not_fit(given, code):
    assert refusal(PAID, given) == code


def test_two_times_in_one_header():
    """The library takes the first, a careless check of the age might take the other."""
    good = headers(PAID, time_s=NOW_MS // 1000 - 86_400)["Stripe-Signature"]
    assert refusal(PAID, {"Stripe-Signature": f"{good},t={NOW_MS // 1000}"}) == "malformed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (news("charge.succeeded", CHARGE, livemode=True), "wrong_recipient"),
        (news("charge.succeeded", CHARGE, object="v2.core.event"), "malformed"),
        (news("charge.succeeded", {**CHARGE, "metadata": {"cardtrail_order": "x"}}), "malformed"),
        (news("refund.created", {**REFUND, "metadata": OURS}), "malformed"),
        ("{}", "malformed"),
        ("[]", "malformed"),
        (PAID[:-1] + ',"livemode":false}', "malformed"),
        *(
            (PAID.replace('"amount": 8850', f'"amount": {amount}'), code)
            for amount, code in (
                ("-1", "bad_amount"), ("0", "bad_amount"), ("88.5", "bad_amount"), ("true", "bad_amount"),
                ('"8850"', "bad_amount"), ("9007199254740992", "bad_amount"), ("NaN", "malformed"),
                ("1e400", "bad_amount"),
            )
        ),
    ],
)  # fmt: skip
def test_not_believed(body, code):
    assert refusal(body) == code


def test_bytes_that_are_no_text():
    assert refusal(b"\xff", {"Stripe-Signature": f"t={NOW_MS // 1000},v1=0"}) == "malformed"
    assert refusal(b"x" * 300_000, {}) == "too_large"


def listed(*things):
    return {"object": "list", "data": list(things), "has_more": False}


def answering(*answers):
    """Stripe, giving these answers to these calls: (method, path, content or (status, content)), in order."""
    left = list(answers)

    def answer(sent):
        method, path, content = left.pop(0)
        assert (sent.method, urlsplit(sent.url).path) == (method, f"/v1/{path}")
        assert urlsplit(sent.url).hostname == "api.stripe.com"
        status, content = content if isinstance(content, tuple) else (200, content)
        return Answer(status, {"request-id": "req_1"}, json.dumps(content).encode())

    return Fake(answer)


def asked(sent):
    return {name: values[0] for name, values in parse_qs(sent.body.decode()).items()}


def paid_order(**changes):
    return a_payment(payment_id="pi_1", currency="HKD", payee="acct_1", **changes)


def test_creating():
    transport = answering(("POST", "checkout/sessions", SESSION))
    way = provider(transport).create(payment_request(currency="HKD", payee="acct_1"))
    assert (way.payment_id, way.url) == ("cs_1", SESSION["url"])
    form = asked(transport.sent[0])
    assert form["line_items[0][price_data][unit_amount]"] == "8850"
    assert form["payment_intent_data[metadata][cardtrail_order]"] == ORDER
    assert form["payment_intent_data[transfer_group]"] == ORDER
    # Money that is to be held must not go to the seller with the payment.
    assert not any("destination" in name for name in form)
    # Stripe's shortest page begins where the order's own time ends, so that it can be asked for until then.
    assert int(form["expires_at"]) == NOW_MS // 1000 + 15 * 60 + 31 * 60
    assert transport.sent[0].headers["Idempotency-Key"] == f"create_{ORDER}"


def test_asked_again_later_it_is_the_very_same_request():
    """Or Stripe would refuse the key as another request's, and whoever lost the answer could never pay."""
    bodies = []
    for later_ms in (0, 1_000, 14 * 60_000):
        transport = answering(("POST", "checkout/sessions", SESSION))
        provider(transport, now_ms=NOW_MS + later_ms).create(payment_request(currency="HKD", payee="acct_1"))
        bodies.append((transport.sent[0].headers["Idempotency-Key"], transport.sent[0].body))
    assert len(set(bodies)) == 1


def test_after_the_orders_time_the_page_still_has_stripes_shortest():
    transport = answering(("POST", "checkout/sessions", SESSION))
    late_ms = NOW_MS + 3_600_000
    provider(transport, now_ms=late_ms).create(payment_request(currency="HKD", payee="acct_1"))
    assert int(asked(transport.sent[0])["expires_at"]) == late_ms // 1000 + 31 * 60


def test_an_order_of_which_stripe_never_answered_is_not_known_there():
    assert provider().query(a_payment(payment_id="", currency="HKD")) is None
    transport = answering(("GET", "checkout/sessions", listed()))
    assert provider(transport).query(paid_order()) is None


def test_releasing():
    transport = answering(
        ("GET", "payment_intents/pi_1", {**INTENT, "latest_charge": {**CHARGE, "amount_refunded": 850}}),
        ("GET", "transfers", listed()),
        ("POST", "transfers", TRANSFER),
    )
    assert provider(transport).release(paid_order(), 8_000, "key_1") is Progress.DONE
    form = asked(transport.sent[2])
    assert (form["amount"], form["destination"], form["source_transaction"]) == ("8000", "acct_1", "ch_1")
    assert transport.sent[2].headers["Idempotency-Key"] == "key_1"


@pytest.mark.parametrize(
    ("amount", "key", "transfers", "outcome"),
    [
        (8_850, "key_2", [TRANSFER], "released"),
        (7_999, "key_1", [TRANSFER], "key_reused"),
        (8_849, "key_1", [], "not_the_rest"),
        (8_000, "key_1", [TRANSFER], Progress.DONE),  # Long after Stripe has forgotten the idempotency key.
    ],
)
def test_releasing_once(amount, key, transfers, outcome):
    transport = answering(("GET", "payment_intents/pi_1", INTENT), ("GET", "transfers", listed(*transfers)))
    assert outcome_of(provider(transport).release, paid_order(), amount, key) == outcome


def outcome_of(call, *arguments):
    try:
        return call(*arguments)
    except ProviderRefused as error:
        return error.code


def test_refunding():
    transport = answering(
        ("GET", "payment_intents/pi_1", INTENT),
        ("GET", "refunds", listed()),
        ("GET", "transfers", listed()),
        ("POST", "refunds", {**REFUND, "status": "pending"}),
    )
    assert provider(transport).refund(paid_order(), 850, "key_1") is Progress.PENDING
    assert asked(transport.sent[3])["amount"] == "850"


@pytest.mark.parametrize(
    ("amount", "key", "refunds", "transfers", "outcome"),
    [
        (850, "key_1", [REFUND], [], Progress.DONE),
        (851, "key_1", [REFUND], [], "key_reused"),
        (850, "key_1", [{**REFUND, "status": "failed"}], [], "not_allowed"),
        (8_851, "key_2", [], [], "not_enough"),
        (1, "key_2", [], [TRANSFER], "released"),
    ],
)
def test_refunding_once(amount, key, refunds, transfers, outcome):
    calls = [("GET", "payment_intents/pi_1", INTENT), ("GET", "refunds", listed(*refunds))]
    transport = answering(*calls, ("GET", "transfers", listed(*transfers)))
    assert outcome_of(provider(transport).refund, paid_order(), amount, key) == outcome


def test_another_orders_payment_is_not_paid_out():
    transport = answering(
        ("GET", "payment_intents/pi_1", {**INTENT, "metadata": {"cardtrail_order": "order_of_another"}})
    )
    assert outcome_of(provider(transport).release, paid_order(), 8_850, "k") == "unknown_order"


def test_the_standing_of_the_funds():
    transport = answering(
        ("GET", "checkout/sessions", listed(SESSION)),
        ("GET", "payment_intents/pi_1", {**INTENT, "latest_charge": {**CHARGE, "disputed": True}}),
        ("GET", "refunds", listed(REFUND, {**REFUND, "id": "re_2", "amount": 100, "status": "pending"})),
        ("GET", "disputes", listed(DISPUTE, {**DISPUTE, "status": "won"})),
        ("GET", "transfers", listed(TRANSFER)),
    )
    found = provider(transport).query(paid_order())
    assert (found.paid_minor, found.refunded_minor, found.refunding_minor) == (8_850, 850, 100)
    assert (found.released_minor, found.charged_back_minor, found.chargeback) == (8_000, 8_850, "open")
    assert (found.payer, found.method, found.currency) == ("Xt5EWLLDS7FJjR1c", Method.CARD, "HKD")


def test_before_anybody_paid():
    open_page = {**SESSION, "status": "open", "payment_status": "unpaid", "payment_intent": None}
    transport = answering(("GET", "checkout/sessions/cs_1", open_page))
    assert provider(transport).query(a_payment(payment_id="cs_1")).state == "pending"
    missing = (404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "x"}})
    assert (
        provider(answering(("GET", "checkout/sessions/cs_2", missing))).query(a_payment(payment_id="cs_2"))
        is None
    )


def test_closing():
    open_page = {**SESSION, "status": "open", "payment_status": "unpaid", "payment_intent": None}
    transport = answering(
        ("GET", "checkout/sessions/cs_1", open_page), ("POST", "checkout/sessions/cs_1/expire", SESSION)
    )
    provider(transport).close(a_payment(payment_id="cs_1"))
    transport = answering(("GET", "checkout/sessions/cs_1", SESSION))
    assert outcome_of(provider(transport).close, a_payment(payment_id="cs_1")) == "already_paid"


def failing(status, kind, code=None):
    error = {"error": {"type": kind, "code": code, "message": f"Invalid API Key provided: {KEY}"}}
    return answering(("GET", "payment_intents/pi_1", (status, error)))


@pytest.mark.parametrize(
    ("transport", "code"),
    [
        (failing(401, "authentication_error"), "not_allowed"),
        (failing(403, "invalid_request_error"), "not_allowed"),
        (failing(400, "idempotency_error"), "key_reused"),
        (failing(404, "invalid_request_error", "resource_missing"), "unknown_order"),
        (failing(400, "invalid_request_error", "something_new"), "other"),
    ],
)
def test_refusals_hold_no_text_of_stripes(transport, code):
    with pytest.raises(ProviderRefused) as caught:
        provider(transport).refund(paid_order(), 1, "k")
    assert caught.value.code == code
    assert "API Key" not in str(caught.value)


@pytest.mark.parametrize(
    "transport", [Fake(silent), failing(500, "api_error"), failing(429, "rate_limit_error")]
)
def test_nothing_is_known(transport):
    with pytest.raises(ProviderAway) as caught:
        provider(transport).refund(paid_order(), 1, "k")
    assert KEY not in str(caught.value)
    assert len(transport.sent) == 1  # Tried again by whoever keeps the key, and not behind their back.


def test_no_secret_is_shown():
    assert repr(provider()) == "Stripe(test)"
    assert repr(provider(key="sk_live_x")) == "Stripe(live)"
