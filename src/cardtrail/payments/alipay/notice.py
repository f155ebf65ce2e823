"""Alipay's notifications: a form, signed field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from cardtrail.payments.alipay.gateway import Gateway, joined
from cardtrail.payments.bodies import beijing_ms, yuan
from cardtrail.payments.port import (
    MAX_BODY_BYTES,
    BadNotification,
    Closed,
    Event,
    Method,
    Paid,
    check_order_id,
)

PAST_MS = 26 * 3600 * 1000
"""A notification is sent again for 25 hours."""

AHEAD_MS = 5 * 60_000

_CREDIT = frozenset({"PCREDIT", "CREDIT", "HUABEI"})
_BALANCE = frozenset({"ALIPAYACCOUNT", "FINANCEACCOUNT", "MONEYFUND"})


def parse(gateway: Gateway, body: bytes, now_ms: int) -> Event | None:
    """See `Provider.parse_notification`. What is signed is the form; the headers say nothing."""
    if len(body) > MAX_BODY_BYTES:
        raise BadNotification("too_large")
    fields = _form(body)
    signature = fields.pop("sign", "")
    # Left out of what is signed. Only RSA2 is taken, so it cannot be used to ask for a weaker check.
    if fields.pop("sign_type", "") != "RSA2":
        raise BadNotification("malformed")
    if not gateway.genuine(joined(fields).encode(), signature):
        raise BadNotification("bad_signature")
    if fields.get("app_id") != gateway.app_id:
        raise BadNotification("wrong_recipient")
    try:
        sent_ms = beijing_ms(fields["notify_time"])
    except (KeyError, ValueError):
        raise BadNotification("malformed") from None
    if not now_ms - PAST_MS <= sent_ms <= now_ms + AHEAD_MS:
        raise BadNotification("stale")
    return _event(fields) if fields.get("notify_type") == "trade_status_sync" else None


def method_of(bills: str, field: str) -> Method:
    """What was paid with, from the JSON list of bills, whose channels stand in `field`."""
    try:
        channels = {str(bill[field]) for bill in json.loads(bills)}
    except (ValueError, TypeError, KeyError):
        return Method.OTHER
    if channels & _CREDIT:
        return Method.CREDIT
    return Method.BALANCE if channels and channels <= _BALANCE else Method.OTHER


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=200,
        )
    except ValueError:  # Also what is not UTF-8.
        raise BadNotification("malformed") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadNotification("malformed")
    return fields


def _event(fields: Mapping[str, str]) -> Event | None:
    try:
        order_id, trade_no = fields["out_trade_no"], fields["trade_no"]
        check_order_id(order_id)
        if "gmt_refund" in fields or yuan(fields.get("refund_fee", "0")):
            return None  # A refund: it was answered when it was asked for, and the sum here says nothing of which.
        match fields["trade_status"]:
            case "TRADE_CLOSED":
                at_ms = beijing_ms(fields.get("gmt_close") or fields["notify_time"])
                return Closed(
                    event_id=f"{trade_no}_closed", payment_id=trade_no, order_id=order_id, at_ms=at_ms
                )
            case "TRADE_SUCCESS" | "TRADE_FINISHED":
                amount_minor, at_ms = yuan(fields["total_amount"]), beijing_ms(fields["gmt_payment"])
            case _:  # Waiting for the buyer.
                return None
    except (KeyError, ValueError):
        raise BadNotification("malformed") from None
    if not amount_minor:
        raise BadNotification("bad_amount")
    return Paid(
        event_id=f"{trade_no}_paid",
        payment_id=trade_no,
        order_id=order_id,
        at_ms=at_ms,
        amount_minor=amount_minor,
        currency="CNY",
        payer=fields.get("buyer_id") or fields.get("buyer_open_id", ""),
        method=method_of(fields.get("fund_bill_list", ""), "fundChannel"),
    )
