"""The sandbox as a provider: the port's methods over its API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from cardtrail.payments.payouts import PaidOut, Payout
from cardtrail.payments.port import (
    MAX_BODY_BYTES,
    BadNotification,
    Closed,
    Event,
    Payment,
    PaymentRequest,
    PayWay,
    Progress,
    ProviderAway,
    ProviderRefused,
    Reply,
    Standing,
    Terms,
    check_amount,
    check_key,
    check_order_id,
)
from cardtrail.payments.sandbox.faults import Faults
from cardtrail.payments.sandbox.home import Home
from cardtrail.payments.sandbox.seal import BadSeal, new_id, seal, unseal
from cardtrail.payments.settings import ConfigFault, Settings
from cardtrail.payments.transport import Http, Transport
from cardtrail.signing.keys import SecretKey

_DIR = "CARDTRAIL_PAY_SANDBOX_DIR"
_T = TypeVar("_T")
_TERMS = Terms(
    currencies=frozenset({"CNY", "USD", "EUR", "GBP", "HKD", "JPY"}),
    held_by="the sandbox: play money",
    longest_hold_ms=365 * 24 * 3600 * 1000,
    then="nothing",
    calls_back=True,
    source="docs/guides/payments.md",
    language_by="language",
)
_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_RECEIVED = Reply(200, "application/json", b"{}")


def clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Sandbox:
    """The provider.

    url       where it answers, asked for at each call: it may have moved
    key       the shop's; its repr shows the public half only
    provider  the sandbox's public key
    """

    name = "sandbox"
    terms = _TERMS
    received = _RECEIVED

    def __init__(
        self,
        url: Callable[[], str],
        key: SecretKey,
        provider: bytes,
        *,
        transport: Transport | None = None,
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        self._url = url
        self._key = key
        self._provider = provider
        self._now_ms = now_ms
        self._transport = transport or Http()

    def create(self, request: PaymentRequest) -> PayWay:
        """See the port."""
        made = self._call("POST", "/v1/payments", request, _Made)
        return PayWay(payment_id=made.payment_id, url=made.url)

    def parse_notification(self, body: bytes, headers: Mapping[str, str], now_ms: int) -> Event | None:
        """See the port."""
        if len(body) > MAX_BODY_BYTES:
            raise BadNotification("too_large")
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            unseal(self._provider, "notification", self._key.public.hex(), body, lower, now_ms)
        except BadSeal as error:
            raise BadNotification(error.code) from None
        try:
            event: Event = _EVENTS.decode(body)
            check_order_id(event.order_id)
        except (msgspec.MsgspecError, ValueError):
            raise BadNotification("malformed") from None
        if not isinstance(event, Closed):
            try:
                check_amount(event.amount_minor)
            except ValueError:
                raise BadNotification("bad_amount") from None
        return event

    def close(self, payment: Payment) -> None:
        """See the port."""
        self._call("POST", f"{_path(payment)}/close", {}, dict)

    def release(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port."""
        return self._act(payment, "release", amount_minor, key)

    def refund(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port."""
        return self._act(payment, "refund", amount_minor, key)

    def query(self, payment: Payment, *, refunds: Sequence[str] = (), release: str = "") -> Standing | None:
        """See the port."""
        try:
            return self._call("GET", _path(payment), None, Standing)
        except ProviderRefused as error:
            if error.code == "unknown_order":
                return None
            raise

    def pay_out(self, payout: Payout) -> Progress:
        """See `payments.payouts`."""
        return self._call("POST", "/v1/payouts", payout, _Done).progress

    def paid_out(self, key: str) -> PaidOut | None:
        """See `payments.payouts`."""
        check_key(key)
        try:
            return self._call("GET", f"/v1/payouts/{key}", None, PaidOut)
        except ProviderRefused as error:
            if error.code == "unknown_order":
                return None
            raise

    def pay(self, order_id: str, account: str) -> None:
        """Pay, as a payer does on the page: for tests and demonstrations. No other provider can."""
        check_order_id(order_id)
        self._call("POST", f"/v1/payments/{order_id}/pay", {"account": account}, dict)

    def set_faults(self, faults: Faults, order_id: str = "") -> None:
        """Set the switches of an order's payment, or without one those of all payments to come."""
        path = f"/v1/payments/{order_id}/faults" if order_id else "/v1/faults"
        self._call("POST", path, faults, dict)

    def close_account(self, account: str) -> None:
        """Close an account: payouts to it are refused. For tests and demonstrations."""
        self._call("POST", "/v1/accounts/close", {"account": account}, dict)

    def open_account(self, account: str) -> None:
        """Open it again."""
        self._call("POST", "/v1/accounts/open", {"account": account}, dict)

    def differences(self) -> list[str]:
        """What does not add up in its ledger of funds."""
        return self._call("GET", "/v1/differences", None, list[str])

    def __repr__(self) -> str:
        return f"Sandbox({self._key!r})"

    def _act(self, payment: Payment, act: str, amount_minor: int, key: str) -> Progress:
        check_amount(amount_minor)
        check_key(key)
        wanted = {"amount_minor": amount_minor, "key": key}
        return self._call("POST", f"{_path(payment)}/{act}", wanted, _Done).progress

    def _call(self, method: str, path: str, content: object, kind: type[_T]) -> _T:
        body = b"" if content is None else msgspec.json.encode(content)
        message_id = new_id()
        headers = seal(self._key, "request", f"{method} {path}", body, self._now_ms(), message_id)
        answer = self._transport.send(method, self._url() + path, headers, body)
        if answer.status >= 500 or answer.status == 429:
            raise ProviderAway(f"the sandbox answered {answer.status}")
        try:
            subject = f"{answer.status} {message_id}"
            unseal(self._provider, "answer", subject, answer.body, answer.headers, self._now_ms())
            if answer.status == 200:
                return msgspec.json.decode(answer.body, type=kind)
            code = msgspec.json.decode(answer.body, type=_Refusal).code
        except (BadSeal, msgspec.MsgspecError) as error:
            # Whoever answered, it was not the sandbox.
            raise ProviderAway(f"an answer that is not the sandbox's ({type(error).__name__})") from None
        raise ProviderRefused(code if code in CODES else "other", code)


CODES = frozenset(
    {
        "unknown_order", "not_paid", "already_paid", "closed", "not_enough", "not_the_rest", "released",
        "key_reused", "not_allowed",
    }
)  # fmt: skip


class _Made(msgspec.Struct):
    payment_id: str
    url: str


class _Done(msgspec.Struct):
    progress: Progress


class _Refusal(msgspec.Struct):
    code: str


def _path(payment: Payment) -> str:
    check_order_id(payment.order_id)
    return f"/v1/payments/{payment.order_id}"


def from_settings(settings: Settings) -> Sandbox:
    """The provider whose directory `CARDTRAIL_PAY_SANDBOX_DIR` names. It need not run yet. Raises `ConfigFault`."""
    home = Home(Path(settings.needed(_DIR)))
    try:
        return Sandbox(home.address, home.shop_key(), home.provider_public())
    except (OSError, ValueError) as error:
        raise ConfigFault(
            f"{_DIR} does not name a sandbox's directory ({type(error).__name__}); start the sandbox once"
        ) from None
