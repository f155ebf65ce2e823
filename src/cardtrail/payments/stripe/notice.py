"""Stripe's notifications, checked by Stripe's own library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import stripe

from cardtrail.payments.bodies import integer, strict_json, text
from cardtrail.payments.port import (
    MAX_BODY_BYTES,
    BadNotification,
    ChargebackEnded,
    ChargedBack,
    Closed,
    Event,
    Method,
    Paid,
    Refunded,
    RefundFailed,
    Released,
    check_order_id,
)

WINDOW_MS = 5 * 60_000
"""Stripe's own tolerance; a notification that is sent again is signed again."""

_TIME = re.compile(r"(?:^|,)t=([1-9][0-9]{9})(?:,|$)")


def parse(secret: str, *, live: bool, body: bytes, headers: Mapping[str, str], now_ms: int) -> Event | None:
    """See `Provider.parse_notification`."""
    if len(body) > MAX_BODY_BYTES:
        raise BadNotification("too_large")
    header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
    time = _TIME.findall(header)
    if len(time) != 1:
        raise BadNotification("malformed")
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
    except stripe.SignatureVerificationError:
        raise BadNotification("bad_signature") from None
    except ValueError:  # Not UTF-8.
        raise BadNotification("malformed") from None
    if abs(now_ms - int(time[0]) * 1000) > WINDOW_MS:
        raise BadNotification("stale")
    try:
        event = strict_json(body)
        if event["object"] != "event":
            raise BadNotification("malformed")
        if event["livemode"] is not live:
            raise BadNotification("wrong_recipient")
        # Events of connected accounts are about their own business.
        return None if event.get("account") else _event(event, event["data"]["object"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise BadNotification("malformed") from None


def method_of(details: Mapping[str, Any]) -> Method:
    """What was paid with, from a charge's `payment_method_details`."""
    kind = details.get("type")
    if kind == "card":
        return Method.CARD
    # Wallets that Stripe says cannot be disputed by a bank.
    return Method.BALANCE if kind in ("alipay", "wechat_pay") else Method.OTHER


def payer_of(charge: Mapping[str, Any]) -> str:
    """Who paid: the customer, else the mark of the card's number ("fingerprint"); empty where neither is told."""
    details = charge.get("payment_method_details") or {}
    card = details.get(details.get("type", "")) or {}
    return str(charge.get("customer") or card.get("fingerprint") or card.get("buyer_id") or "")


def _event(event: Mapping[str, Any], thing: Mapping[str, Any]) -> Event | None:
    kind = text(event["type"])
    read = _READERS.get(kind)
    metadata = thing.get("metadata") or {}
    # Other payments of the same account are none of ours. A dispute does not carry the order's id.
    if read is None or (read not in _OF_DISPUTES and "cardtrail_order" not in metadata):
        return None
    about = {
        "event_id": text(event["id"]),
        "payment_id": text(thing.get("payment_intent") or metadata.get("cardtrail_payment") or ""),
        "order_id": text(metadata.get("cardtrail_order", "")),
        "at_ms": integer(event["created"]) * 1000,
    }
    if about["order_id"]:
        check_order_id(str(about["order_id"]))
    return read(about, thing, metadata)


def _paid(about: dict[str, Any], charge: Mapping[str, Any], _: Mapping[str, Any]) -> Event | None:
    if charge["paid"] is not True or charge["captured"] is not True:
        return None
    return Paid(
        **about,
        amount_minor=_amount(charge["amount"]),
        currency=text(charge["currency"]).upper(),
        payer=payer_of(charge),
        method=method_of(charge.get("payment_method_details") or {}),
    )


def _expired(about: dict[str, Any], session: Mapping[str, Any], _: Mapping[str, Any]) -> Event | None:
    return Closed(**{**about, "payment_id": about["payment_id"] or text(session["id"])})


def _refund(about: dict[str, Any], refund: Mapping[str, Any], metadata: Mapping[str, Any]) -> Event | None:
    amount_minor, key = _amount(refund["amount"]), text(metadata["cardtrail_key"])
    match refund["status"]:
        case "succeeded":
            return Refunded(**about, key=key, amount_minor=amount_minor)
        case "failed" | "canceled":
            code = text(refund.get("failure_reason") or refund["status"])
            return RefundFailed(**about, key=key, amount_minor=amount_minor, code=code)
    return None


def _transferred(
    about: dict[str, Any], transfer: Mapping[str, Any], metadata: Mapping[str, Any]
) -> Event | None:
    return Released(**about, key=text(metadata["cardtrail_key"]), amount_minor=_amount(transfer["amount"]))


def _disputed(about: dict[str, Any], dispute: Mapping[str, Any], _: Mapping[str, Any]) -> Event | None:
    if _is_enquiry(text(dispute["status"])):
        return None
    return ChargedBack(**about, amount_minor=_amount(dispute["amount"]))


def _decided(about: dict[str, Any], dispute: Mapping[str, Any], _: Mapping[str, Any]) -> Event | None:
    outcome = text(dispute["status"])
    if outcome not in ("won", "lost"):  # An enquiry of the bank's that came to nothing.
        return None
    return ChargebackEnded(**about, amount_minor=_amount(dispute["amount"]), won=outcome == "won")


_READERS = {
    "charge.succeeded": _paid,
    "checkout.session.expired": _expired,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "transfer.created": _transferred,
    "charge.dispute.created": _disputed,
    "charge.dispute.closed": _decided,
}
"""The kinds of events to subscribe to."""

_OF_DISPUTES = (_disputed, _decided)


def chargeback_of(disputes: Iterable[tuple[str, int]]) -> tuple[int, Literal["", "open", "won", "lost"]]:
    """What banks took and have not given back, and how that stands, from each dispute's status and amount."""
    real = [(status, minor) for status, minor in disputes if not _is_enquiry(status)]
    taken_minor = sum(minor for status, minor in real if status != "won")
    if not real:
        return 0, ""
    if any(status not in ("won", "lost") for status, _ in real):
        return taken_minor, "open"
    return taken_minor, "lost" if taken_minor else "won"


def _is_enquiry(status: str) -> bool:
    """A bank that only asks, or whose claim was warded off before: no money moves."""
    return status.startswith("warning_") or status == "prevented"


def _amount(value: object) -> int:
    try:
        amount_minor = integer(value)
    except ValueError:
        raise BadNotification("bad_amount") from None
    if not amount_minor:
        raise BadNotification("bad_amount")
    return amount_minor
