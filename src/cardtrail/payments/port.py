"""The port: what Cardtrail asks of a payment provider, and what it hears from one.

Money is integer minor units with an ISO 4217 code, times are milliseconds since 1970. A provider holds the money of an
order from the payment until it is released to the seller or refunded to the buyer; how well each of them can do that is
said by its `Terms`.

Every method that acts outside takes a key or is keyed by the order: repeated with the same values it does nothing
twice and answers the same, so whoever is left without an answer asks again. Methods may be called from several
threads at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias
from urllib.parse import urlencode

import msgspec

MAX_AMOUNT_MINOR = 2**53 - 1
"""As everywhere (decision 14): every JSON reader holds it exactly."""

MAX_BODY_BYTES = 256 * 1024
"""A notification is a few kilobytes; nobody gets to make us verify more."""

_ORDER_ID = re.compile(r"[A-Za-z0-9_]{6,32}")
_KEY = re.compile(r"[A-Za-z0-9_]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_REFERENCE = re.compile(r"[!-~]{0,128}")
_MAX_SUBJECT = 100


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that a buyer is to make. Raises `ValueError` for values that no provider could take.

    order_id      ours, 6 to 32 of A-Z a-z 0-9 _ (what all providers take); the key under which it is created
    amount_minor  from 1; exactly this is to be paid
    currency      ISO 4217
    subject       what the payer reads, at most 100 characters; nothing personal, and no card number
    payer         the provider's account that the money is expected from; empty where none is known yet. Nobody but the
                  sandbox can be held to it: `Paid.payer` says who it was
    payee         the seller's account there: a play account, an Alipay or WeChat sub-merchant, a Stripe account
    expires_ms    the provider is asked to take no payment from then on; one that was under way may still come
    notify_url    where the provider posts notifications; carries no secret
    return_url    where the payer's browser goes afterwards; says nothing about whether it was paid
    """

    order_id: str
    amount_minor: int
    currency: str
    subject: str
    payer: str
    payee: str
    expires_ms: int
    notify_url: str
    return_url: str

    def __post_init__(self) -> None:
        check_order_id(self.order_id)
        check_amount(self.amount_minor)
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("a currency is three capital letters (ISO 4217)")
        if not 0 < len(self.subject) <= _MAX_SUBJECT or not self.subject.isprintable():
            raise ValueError(f"a subject has 1 to {_MAX_SUBJECT} printable characters")
        if not _REFERENCE.fullmatch(self.payer) or not _REFERENCE.fullmatch(self.payee) or not self.payee:
            raise ValueError(
                "payer and payee are accounts in up to 128 ASCII characters; the payee is needed"
            )
        if type(self.expires_ms) is not int or self.expires_ms <= 0:
            raise ValueError("expires_ms is a time in milliseconds since 1970")
        for url in (self.notify_url, self.return_url):
            if not url.startswith(("https://", "http://")):
                raise ValueError("notify_url and return_url are complete web addresses")


class PayWay(msgspec.Struct, frozen=True, kw_only=True):
    """How the payer pays.

    payment_id   the provider's id of the payment; empty where the provider names it only once somebody pays
    url          where to send the payer's browser; empty if there is none
    qr           text to show as a QR code; empty if there is none. One of the two is given
    """

    payment_id: str
    url: str = ""
    qr: str = ""


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """What an order keeps in order to speak of its payment again: as in the request, and the newest `payment_id`, from
    `PayWay` or an event (may still be empty)."""

    order_id: str
    payment_id: str
    amount_minor: int
    currency: str
    payee: str


class Method(StrEnum):
    """What the payer paid with: how long a payment can be called back depends on it."""

    BALANCE = "balance"
    """An account with the provider, or money moved by a bank at once: nobody calls it back."""

    CARD = "card"
    """A payment card: its holder can dispute it for months."""

    CREDIT = "credit"
    """Credit that the provider gives."""

    OTHER = "other"
    """Not told: to be treated as the worst of them."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every event says.

    event_id     the provider's id of the event: the same however often it is delivered
    payment_id   the provider's id of the payment
    order_id     ours; empty where the provider names the payment alone (Stripe's chargebacks): find it by `payment_id`
    at_ms        when it happened by the provider's clock
    """

    event_id: str
    payment_id: str
    order_id: str
    at_ms: int


class Paid(_Event, frozen=True, kw_only=True, tag="paid"):
    """Money has come, and is held. The order compares amount, currency, payer and time with what was asked."""

    amount_minor: int
    currency: str
    payer: str
    method: Method


class Closed(_Event, frozen=True, kw_only=True, tag="closed"):
    """Nothing was paid, and nothing can be any more."""


class Refunded(_Event, frozen=True, kw_only=True, tag="refunded"):
    """The refund of this key is done."""

    key: str
    amount_minor: int


class RefundFailed(_Event, frozen=True, kw_only=True, tag="refund_failed"):
    """The refund of this key will not happen: a person has to see to it. The money is still with the provider."""

    key: str
    amount_minor: int
    code: str


class Released(_Event, frozen=True, kw_only=True, tag="released"):
    """The money is the seller's. `key` is empty where the provider released it by itself (see `Terms.then`)."""

    key: str
    amount_minor: int


class ChargedBack(_Event, frozen=True, kw_only=True, tag="charged_back"):
    """The payer's bank took the money back, or asks for it: count it as gone."""

    amount_minor: int


class ChargebackEnded(_Event, frozen=True, kw_only=True, tag="chargeback_ended"):
    """The payer's bank has decided. `won`: the money is back where it was taken from; else it is gone for good."""

    amount_minor: int
    won: bool


Event: TypeAlias = Paid | Closed | Refunded | RefundFailed | Released | ChargedBack | ChargebackEnded


class Progress(StrEnum):
    """How far an act got."""

    DONE = "done"
    """It is done. A notification of it may follow, or may not: take this answer as the event of the same key."""

    PENDING = "pending"
    """The provider works on it: an event follows, or `query` shows it. Asking again with the same key is harmless."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The funds of an order as the provider has them now, all amounts in minor units of `currency`.

    state              pending: may still be paid; paid: money came, whatever happened to it since; closed: never will
    paid_minor         what came
    refunded_minor     what went back to the payer
    refunding_minor    what is on its way back
    released_minor     what went to the seller
    charged_back_minor what the payer's bank took, and has not given back
    chargeback         how that stands; empty: the bank never took anything
    payer, method      who paid and how, empty and `other` while nobody did
    """

    payment_id: str
    state: Literal["pending", "paid", "closed"]
    currency: str
    paid_minor: int = 0
    refunded_minor: int = 0
    refunding_minor: int = 0
    released_minor: int = 0
    charged_back_minor: int = 0
    chargeback: Literal["", "open", "won", "lost"] = ""
    payer: str = ""
    method: Method = Method.OTHER

    @property
    def held_minor(self) -> int:
        """What the provider still holds for the order; below zero if a chargeback came after the money was gone."""
        return (
            self.paid_minor
            - self.refunded_minor
            - self.refunding_minor
            - self.released_minor
            - self.charged_back_minor
        )


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can really do.

    currencies       ISO codes it can take here
    held_by          where the money lies between payment and release, in words for an operator
    longest_hold_ms  how long it can lie there
    then             what the provider does by itself after that
    calls_back       whether a payment can be charged back
    source           the provider's document that says so
    language_by      the parameter of its pay page's address that names the language (see `page_in`); empty where there
                     is none: Stripe's page goes by the payer's browser, Alipay's and WeChat Pay's by their applications
    payee_form       how it writes a seller's account, a regular expression for the whole of it; empty where sellers
                     need none of their own: the sandbox makes play accounts
    """

    currencies: frozenset[str]
    held_by: str
    longest_hold_ms: int
    then: Literal["nothing", "releases", "refunds"]
    calls_back: bool
    source: str
    language_by: str = ""
    payee_form: str = ""


class Reply(msgspec.Struct, frozen=True):
    """What the provider wants to be answered once its notification is stored."""

    status: int
    content_type: str
    body: bytes


class PaymentFault(Exception):  # noqa: N818 - it names what happened
    """Asking a provider did not succeed. Its text never holds a secret, an address with a query, or a body."""


class ProviderAway(PaymentFault):
    """No answer, or "not now". Whether it was done is not known: ask again later with the same key."""


class ProviderRefused(PaymentFault):
    """The provider will not do it, now or later: a person has to look.

    code   one of ours, the same for all providers: `unknown_order`, `not_paid`, `already_paid`, `closed`, `not_enough`,
           `not_the_rest`, `released`, `key_reused`, `not_allowed`; or `other`
    detail the provider's own code, for the operator
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} ({detail})" if detail else code)
        self.code = code
        self.detail = detail


class BadNotification(Exception):  # noqa: N818 - it names what happened
    """A notification that is not believed; nothing in it may be used. Answer 400 and keep no more than the code.

    code   `too_large`, `malformed`, `unknown_key` (signed with a certificate or key that is not the provider's),
           `bad_signature`, `stale` (its time is too far from ours, either way), `wrong_recipient` (another
           application's or merchant's), `bad_amount`
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Provider(Protocol):
    """A payment provider.

    Every method but `parse_notification` speaks to the provider within a few seconds or raises `ProviderAway`; each may
    also raise `ProviderRefused`. Call them outside of a database transaction.
    """

    @property
    def name(self) -> str:
        """`sandbox`, `alipay`, `wechat` or `stripe`: also the last part of the address it notifies."""

    @property
    def terms(self) -> Terms:
        """What it can do."""

    @property
    def received(self) -> Reply:
        """What to answer once a notification is committed; any other answer makes the provider send it again."""

    def create(self, request: PaymentRequest) -> PayWay:
        """Prepare a payment. The same order again gives the same one; with other values it is refused: `key_reused`."""

    def parse_notification(self, body: bytes, headers: Mapping[str, str], now_ms: int) -> Event | None:
        """The event in a notification. None: genuine, and not about an order; answer `received` all the same.

        body      the raw bytes, as they came
        headers   by any spelling of their names
        now_ms    our clock: replays from another hour are refused

        Raises `BadNotification`. Does not reach out and keeps nothing: whoever stores its id sees that it counts once.
        """

    def close(self, payment: Payment) -> None:
        """Take no payment any more. Harmless if it is closed already; refused as `already_paid` if money came first."""

    def release(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """Give the seller what is held: all that is left after refunds. Another amount is refused: `not_the_rest`."""

    def refund(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """Give the payer back a part or all of what is held. More than is held is refused: `not_enough`, `released`."""

    def query(self, payment: Payment, *, refunds: Sequence[str] = (), release: str = "") -> Standing | None:
        """The funds as the provider has them; none if it knows no such order.

        refunds   the keys of all refunds that were ever asked for: Alipay and WeChat Pay find a refund by its key only
        release   the key of the release, if one was asked for
        """


def page_in(language: str, url: str, terms: Terms) -> str:
    """The address of a pay page for somebody who reads `language` (ISO 639-1: `zh`, `en`): as it is, where the provider
    takes no such wish. Added when it is shown, not when the payment is made: the same payment may be asked for again,
    and is then the same whatever its payer reads by now."""
    if not terms.language_by or not url:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode({terms.language_by: language})}"


def is_payee(reference: str, terms: Terms) -> bool:
    """Whether a seller's account is written as the provider writes them. It says nothing about whose it is."""
    return bool(terms.payee_form) and re.fullmatch(terms.payee_form, reference, re.ASCII) is not None


def check_order_id(order_id: str) -> None:
    """Raises `ValueError` for an order id that not every provider takes."""
    if not _ORDER_ID.fullmatch(order_id):
        raise ValueError("an order id has 6 to 32 letters, digits and underscores")


def check_key(key: str) -> None:
    """Raises `ValueError` for an idempotency key that not every provider takes: 1 to 64 of A-Z a-z 0-9 _."""
    if not _KEY.fullmatch(key):
        raise ValueError("a key has 1 to 64 letters, digits and underscores")


def check_amount(amount_minor: int) -> None:
    """Raises `ValueError` for anything that is not an integer from 1 to 2^53 - 1; True is no integer here."""
    if type(amount_minor) is not int or not 0 < amount_minor <= MAX_AMOUNT_MINOR:
        raise ValueError("an amount is an integer of minor units, from 1, below 2^53")
