"""WeChat Pay's notifications: signed JSON with an encrypted resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cardtrail.payments.bodies import integer, strict_json, text, zoned_ms
from cardtrail.payments.port import (
    MAX_BODY_BYTES,
    BadNotification,
    Event,
    Method,
    Paid,
    Refunded,
    RefundFailed,
    check_order_id,
)
from cardtrail.payments.wechat.seal import BadSeal, Keys


def parse(keys: Keys, app_id: str, body: bytes, headers: Mapping[str, str], now_ms: int) -> Event | None:
    """See `Provider.parse_notification`."""
    if len(body) > MAX_BODY_BYTES:
        raise BadNotification("too_large")
    try:
        keys.check({name.lower(): value for name, value in headers.items()}, body, now_ms)
        notice = strict_json(body)
        if notice.get("resource_type") != "encrypt-resource":
            raise BadNotification("malformed")
        resource = keys.opened(notice["resource"])
        # Also where the kind does not matter to us: a notification for another merchant is no business of ours.
        _for_us(resource, keys.merchant, app_id)
        made_ms = zoned_ms(text(notice["create_time"]))
        return _event(text(notice["id"]), text(notice["event_type"]), made_ms, resource)
    except BadSeal as error:
        raise BadNotification(error.code) from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise BadNotification("malformed") from None


def method_of(bank: str) -> Method:
    """What was paid with, from `bank_type`: the account (零钱, 零钱通), a bank's debit card, a bank's credit card."""
    if bank in ("OTHERS", "LQT") or bank.endswith("_DEBIT"):
        return Method.BALANCE
    return Method.CREDIT if bank.endswith("_CREDIT") else Method.OTHER


def _for_us(resource: Mapping[str, Any], merchant: str, app_id: str) -> None:
    if resource.get("sp_mchid") != merchant or resource.get("sp_appid", app_id) != app_id:
        raise BadNotification("wrong_recipient")


def _event(event_id: str, kind: str, made_ms: int, resource: Mapping[str, Any]) -> Event | None:
    if kind == "TRANSACTION.SUCCESS":
        return _paid(event_id, resource)
    if kind in ("REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"):
        return _refund(event_id, kind, made_ms, resource)
    return None


def _paid(event_id: str, resource: Mapping[str, Any]) -> Event | None:
    if resource["trade_state"] != "SUCCESS":
        return None
    amount_minor = _amount(resource["amount"]["total"])
    return Paid(
        event_id=event_id,
        payment_id=text(resource["transaction_id"]),
        order_id=_order_id(resource),
        at_ms=zoned_ms(text(resource["success_time"])),
        amount_minor=amount_minor,
        currency=text(resource["amount"].get("currency", "CNY")),
        payer=text(resource.get("payer", {}).get("sp_openid", "")),
        method=method_of(text(resource.get("bank_type", ""))),
    )


def _refund(event_id: str, kind: str, made_ms: int, resource: Mapping[str, Any]) -> Event:
    amount_minor = _amount(resource["amount"]["refund"])
    payment_id, key = text(resource["transaction_id"]), text(resource["out_refund_no"])
    order_id = _order_id(resource)
    if kind == "REFUND.SUCCESS" and resource["refund_status"] == "SUCCESS":
        return Refunded(
            event_id=event_id,
            payment_id=payment_id,
            order_id=order_id,
            at_ms=zoned_ms(text(resource["success_time"])),
            key=key,
            amount_minor=amount_minor,
        )
    if resource["refund_status"] not in ("ABNORMAL", "CLOSED"):
        raise ValueError("the status does not fit the kind")
    return RefundFailed(
        event_id=event_id,
        payment_id=payment_id,
        order_id=order_id,
        at_ms=made_ms,
        key=key,
        amount_minor=amount_minor,
        code=text(resource["refund_status"]).lower(),
    )


def _order_id(resource: Mapping[str, Any]) -> str:
    order_id = text(resource["out_trade_no"])
    check_order_id(order_id)
    return order_id


def _amount(value: object) -> int:
    try:
        amount_minor = integer(value)
    except ValueError:
        raise BadNotification("bad_amount") from None
    if not amount_minor:
        raise BadNotification("bad_amount")
    return amount_minor
