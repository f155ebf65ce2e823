"""A shop asks for an amount: payments are made, cancelled, and end by themselves when nobody pays."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from cardtrail.web.accounts.models import Person
from cardtrail.web.checkout import told
from cardtrail.web.checkout.models import Payment, new_payment_id, order_hash
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, SECOND_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.text import is_plain_text

CURRENCY: Final = "CNY"
"""What a till takes."""
MOST_MINOR: Final = 100_000_000_00
LIVES_MS: Final = {Payment.Kind.TILL: 5 * MINUTE_MS, Payment.Kind.ONLINE: 15 * MINUTE_MS}
"""How long a payment waits, where the shop does not say."""
SHORTEST_MS: Final = 30 * SECOND_MS
LONGEST_MS: Final = DAY_MS
MOST_REFERENCE: Final = 100
MOST_SHOP: Final = 60
MOST_URL: Final = 500
CODE_DIGITS: Final = 8

_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a shop asks for.

    made_by   the member of staff, or who made the API key; `api_key` its beginning
    id        chosen by the caller where a repeat must not make a second payment
    """

    kind: str
    amount_minor: int
    currency: str
    reference: str
    shop: str
    made_by: Person
    lives_ms: int | None = None
    return_url: str = ""
    api_key: str = ""
    id: str = ""


def ask(wanted: Ask) -> Payment:
    """Make a payment, or give the one that the same wish has made before. Raises `NotPossible` saying which field
    cannot be used, or that the id was used for something else."""
    _check(wanted)
    before = _made_before(wanted)
    if before is not None:
        return before
    now = now_ms()
    id = wanted.id or new_payment_id()
    kind = Payment.Kind(wanted.kind)
    payment = Payment(
        id=id,
        kind=kind,
        reference=wanted.reference,
        order=order_hash(id, wanted.reference),
        shop=wanted.shop,
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        return_url=wanted.return_url,
        made_by=wanted.made_by,
        api_key=wanted.api_key,
        made_ms=now,
        expires_ms=now + (LIVES_MS[kind] if wanted.lives_ms is None else wanted.lives_ms),
    )
    try:
        with transaction.atomic():
            _save(payment)
            told.created(payment)
    except IntegrityError:
        before = _made_before(wanted)
        if before is None:  # It was something else.
            raise
        return before
    return payment


def cancel(payment: Payment) -> Payment:
    """The shop does not want it any more. Raises `NotPossible` once somebody is paying or it is over; a second time
    changes nothing."""
    with transaction.atomic():
        current = Payment.objects.select_for_update().get(id=payment.id)
        if current.state == Payment.State.CANCELLED:
            return current
        if current.state != Payment.State.OPEN:
            raise NotPossible("not_open", _NOT_OPEN[current.state])
        end(current, Payment.State.CANCELLED)
    return current


def expire_due(now: int, limit: int = 100) -> int:
    """End payments that nobody paid in time. Gives how many."""
    late = Payment.objects.filter(state=Payment.State.OPEN, expires_ms__lt=now).order_by("expires_ms")
    done = 0
    for id in list(late.values_list("id", flat=True)[:limit]):
        with transaction.atomic():
            current = Payment.objects.select_for_update().get(id=id)
            if current.state == Payment.State.OPEN and current.expires_ms < now:
                end(current, Payment.State.EXPIRED)
                done += 1
    return done


def end(payment: Payment, state: str) -> None:
    """Bring a payment, which the caller has locked, to an end, and tell the shop's systems."""
    payment.state, payment.code, payment.typed, payment.ended_ms = state, None, None, now_ms()
    payment.save(update_fields=["state", "code", "typed", "ended_ms"])
    told.ended(payment)


def allowed_return(url: str, origins: Iterable[str]) -> bool:
    """Whether people may be sent back to an address: https, of an origin that the key names. In a demonstration, this
    machine's own addresses too. Anything else would make our pages a way to lead people astray."""
    origin = origin_of(url)
    return origin is not None and origin in set(origins)


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an address that people may be sent to; none for any other."""
    if (
        len(url) > MOST_URL
        or not url.isascii()
        or not url.isprintable()
        or any(char in url for char in ' \\"<>')
    ):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.password is not None or not parts.hostname or parts.fragment:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK and loopback_allowed()):
        return None
    standard = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in (None, standard) else f":{port}")


def loopback_allowed() -> bool:
    """Whether addresses of this machine may be used: in a demonstration and in tests."""
    return bool(getattr(settings, "WEBHOOKS_LOOPBACK", False)) or settings.CONFIG.demo


def plain_text(text: str, most: int) -> bool:
    """Whether a text can be shown: not empty, not too long, nothing in it that cannot be seen."""
    return 0 < len(text) <= most and text == text.strip() and is_plain_text(text)


def _made_before(wanted: Ask) -> Payment | None:
    if not wanted.id:
        return None
    before = Payment.objects.filter(id=wanted.id).first()
    if before is not None and (before.made_by_id, before.amount_minor, before.currency, before.reference) != (
        wanted.made_by.pk,
        wanted.amount_minor,
        wanted.currency,
        wanted.reference,
    ):
        raise NotPossible("used", _USED)
    return before


def _check(wanted: Ask) -> None:
    if not 1 <= wanted.amount_minor <= MOST_MINOR:
        raise NotPossible(
            "bad_amount", Text("金额须大于零。", "The amount has to be above nothing."), "amount_minor"
        )
    if not plain_text(wanted.reference, MOST_REFERENCE):
        raise NotPossible(
            "bad_reference",
            Text(
                "订单号须为 1 至 100 个可见字符。",
                "The order reference has to be 1 to 100 visible characters.",
            ),
            "reference",
        )
    if not plain_text(wanted.shop, MOST_SHOP):
        raise NotPossible(
            "bad_shop",
            Text("店名须为 1 至 60 个可见字符。", "The shop's name has to be 1 to 60 visible characters."),
            "shop",
        )
    if wanted.lives_ms is not None and not SHORTEST_MS <= wanted.lives_ms <= LONGEST_MS:
        raise NotPossible(
            "bad_expiry",
            Text("有效时间须为 30 秒至 24 小时。", "It may wait from 30 seconds to 24 hours."),
            "expires_in_s",
        )


def _save(payment: Payment) -> None:
    """Write it down; a till's with eight digits that no other open payment has."""
    while True:
        if payment.kind == Payment.Kind.TILL:
            payment.code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        try:
            with transaction.atomic():
                payment.save(force_insert=True)
        except IntegrityError:
            if payment.code is None or not Payment.objects.filter(code=payment.code).exists():
                raise
        else:
            return


_USED: Final = Text(
    "这张表单已经出过一个付款码，改动后的内容没有执行。请再填一次。",
    "This form has made a payment code already; what you changed in it was not done. Fill it in again.",
)
_NOT_OPEN: Final = {
    Payment.State.PAYING.value: Text(
        "有人正在付这笔款，不能取消。", "Somebody is paying it right now; it cannot be cancelled."
    ),
    Payment.State.PAID.value: Text("这笔款已付清，请用退款。", "It has been paid; refund it instead."),
    Payment.State.EXPIRED.value: Text("这笔付款已过期。", "It has expired."),
}
