"""Stripe behind the port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import stripe

from cardtrail.payments.clock import clock_ms
from cardtrail.payments.port import (
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
)
from cardtrail.payments.settings import ConfigFault, Settings
from cardtrail.payments.stripe import notice
from cardtrail.payments.stripe.http import OnTransport
from cardtrail.payments.transport import Http, Transport

HOLD_DAYS = 90
SHORTEST_PAGE_S = 30 * 60 + 60
"""A Checkout page cannot expire within half an hour; a minute more for the way there."""

LONGEST_PAGE_S = 24 * 3600 - 60

OTHER_UNITS = frozenset({"ISK", "MGA", "UGX"})
"""Currencies whose amounts Stripe counts in other units than ISO 4217 has for them: what is a hundred here would be one
there, or the other way round (https://docs.stripe.com/currencies). They are not taken."""

_CODES = {
    "resource_missing": "unknown_order",
    "idempotency_key_in_use": "not_allowed",
    "charge_already_refunded": "not_enough",
    "refund_disputed_payment": "not_allowed",
    "charge_disputed": "not_allowed",
}


class Stripe:
    """The provider. `cardtrail.payments.stripe` says how the money is held.

    key          the secret key, `sk_live_…` or `sk_test_…`, or a restricted one
    secret       of the endpoint that takes the notifications, `whsec_…`
    currencies   those that the platform's account is settled in: a transfer is made in the currency of the charge
    """

    name = "stripe"
    received = Reply(200, "application/json", b"{}")

    def __init__(
        self,
        key: str,
        secret: str,
        currencies: frozenset[str],
        *,
        transport: Transport | None = None,
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        self.terms = Terms(
            currencies=currencies,
            held_by="Stripe, on the operator's own balance there",
            longest_hold_ms=HOLD_DAYS * 24 * 3600 * 1000,
            then="nothing",
            calls_back=True,
            source="https://docs.stripe.com/connect/manual-payouts",
            payee_form="acct_[A-Za-z0-9]{14,64}",
        )
        self._live = "_live_" in key
        self._secret = secret
        self._now_ms = now_ms
        # We try again ourselves, with the same key: the library's own tries would only make each wait longer.
        self._client = stripe.StripeClient(
            key, http_client=OnTransport(transport or Http()), max_network_retries=0
        ).v1

    def create(self, request: PaymentRequest) -> PayWay:
        """See the port."""
        if request.currency not in self.terms.currencies:
            raise ProviderRefused("not_allowed", "currency")
        metadata = {"cardtrail_order": request.order_id}
        price = {
            "currency": request.currency.lower(),
            "unit_amount": request.amount_minor,
            "product_data": {"name": request.subject},
        }
        content = {
            "mode": "payment",
            "client_reference_id": request.order_id,
            "line_items": [{"quantity": 1, "price_data": price}],
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "transfer_group": request.order_id},
            "success_url": request.return_url,
            "cancel_url": request.return_url,
            "expires_at": self._page_ends_s(request.expires_ms),
        }
        with _asked():
            session = self._client.checkout.sessions.create(content, _keyed(f"create_{request.order_id}"))  # type: ignore[arg-type]
        if not session.url:
            raise ProviderRefused("closed")
        return PayWay(payment_id=session.id, url=session.url)

    def parse_notification(self, body: bytes, headers: Mapping[str, str], now_ms: int) -> Event | None:
        """See the port."""
        return notice.parse(self._secret, live=self._live, body=body, headers=headers, now_ms=now_ms)

    def close(self, payment: Payment) -> None:
        """See the port."""
        with _asked():
            session = self._session(payment)
            if session.status == "complete":
                raise ProviderRefused("already_paid")
            if session.status == "open":
                self._client.checkout.sessions.expire(session.id)

    def release(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port."""
        check_amount(amount_minor)
        check_key(key)
        with _asked():
            charge = self._charge(payment)
            for transfer in self._transfers(payment):
                # Stripe forgets an idempotency key after a day or more; what was transferred it does not forget.
                if _tag(transfer, "key") != key:
                    raise ProviderRefused("released")
                if transfer.amount != amount_minor:
                    raise ProviderRefused("key_reused")
                return Progress.DONE
            if amount_minor != charge.amount - charge.amount_refunded:
                raise ProviderRefused("not_the_rest")
            content = {
                "amount": amount_minor,
                "currency": charge.currency,
                "destination": payment.payee,
                "source_transaction": charge.id,
                "transfer_group": payment.order_id,
                "metadata": _metadata(payment, key, charge),
            }
            self._client.transfers.create(content, _keyed(key))  # type: ignore[arg-type]
        return Progress.DONE

    def refund(self, payment: Payment, amount_minor: int, key: str) -> Progress:
        """See the port. After the transfer Stripe would take a refund from the platform's own money: refused here."""
        check_amount(amount_minor)
        check_key(key)
        with _asked():
            charge = self._charge(payment)
            for refund in self._refunds(charge):
                if _tag(refund, "key") == key:
                    if refund.amount != amount_minor:
                        raise ProviderRefused("key_reused")
                    return _progress(refund.status)
            if self._transfers(payment):
                raise ProviderRefused("released")
            if amount_minor > charge.amount - charge.amount_refunded:
                raise ProviderRefused("not_enough")
            content = {
                "charge": charge.id,
                "amount": amount_minor,
                "metadata": _metadata(payment, key, charge),
            }
            made = self._client.refunds.create(content, _keyed(key))  # type: ignore[arg-type]
        return _progress(made.status)

    def query(self, payment: Payment, *, refunds: Sequence[str] = (), release: str = "") -> Standing | None:
        """See the port."""
        with _asked():
            try:
                session = self._session(payment)
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    return None
                raise
            except ProviderRefused:  # No page of Stripe's is known for it, or none to that payment.
                return None
            if session.status != "complete" or session.payment_status != "paid":
                return Standing(
                    payment_id=_intent(session) or session.id,
                    state="closed" if session.status == "expired" else "pending",
                    currency=payment.currency,
                )
            charge = self._charge(payment)
            made = self._refunds(charge)
            taken_minor, chargeback = notice.chargeback_of(self._disputes(charge))
            return Standing(
                payment_id=_intent(session),
                state="paid",
                currency=charge.currency.upper(),
                paid_minor=charge.amount,
                refunded_minor=sum(one.amount for one in made if one.status == "succeeded"),
                refunding_minor=sum(
                    one.amount for one in made if one.status in ("pending", "requires_action")
                ),
                released_minor=sum(one.amount - one.amount_reversed for one in self._transfers(payment)),
                charged_back_minor=taken_minor,
                chargeback=chargeback,
                payer=notice.payer_of(charge.to_dict()),
                method=notice.method_of(charge.to_dict().get("payment_method_details") or {}),
            )

    def __repr__(self) -> str:
        return f"Stripe({'live' if self._live else 'test'})"

    def _page_ends_s(self, expires_ms: int) -> int:
        """From the order's expiry, not from now: asked again, Stripe is asked for the very same, or it would take our
        key for another request's and refuse it."""
        now_s = self._now_ms() // 1000
        ends_s = max(expires_ms // 1000 + SHORTEST_PAGE_S, now_s + SHORTEST_PAGE_S)
        return min(ends_s, now_s + LONGEST_PAGE_S)

    def _session(self, payment: Payment) -> stripe.checkout.Session:
        if payment.payment_id.startswith("cs_"):
            return self._client.checkout.sessions.retrieve(payment.payment_id)
        if not payment.payment_id.startswith("pi_"):
            raise ProviderRefused("unknown_order")
        found = self._client.checkout.sessions.list({"payment_intent": payment.payment_id, "limit": 1}).data
        if not found:
            raise ProviderRefused("unknown_order")
        return found[0]

    def _charge(self, payment: Payment) -> stripe.Charge:
        """The charge that brought the money. Raises `ProviderRefused`: `not_paid`, `unknown_order`."""
        intent_id = payment.payment_id
        if not intent_id.startswith("pi_"):
            intent_id = _intent(self._session(payment))
        if not intent_id:
            raise ProviderRefused("not_paid")
        intent = self._client.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})
        # Whoever hands in another order's payment must not have it paid out.
        if _tag(intent, "order") != payment.order_id:
            raise ProviderRefused("unknown_order")
        charge = intent.latest_charge
        if not isinstance(charge, stripe.Charge) or not (charge.paid and charge.captured):
            raise ProviderRefused("not_paid")
        return charge

    def _transfers(self, payment: Payment) -> list[stripe.Transfer]:
        return list(self._client.transfers.list({"transfer_group": payment.order_id, "limit": 100}).data)

    def _refunds(self, charge: stripe.Charge) -> list[stripe.Refund]:
        return list(self._client.refunds.list({"charge": charge.id, "limit": 100}).data)

    def _disputes(self, charge: stripe.Charge) -> list[tuple[str, int]]:
        """Each dispute's status and amount."""
        if not charge.disputed:
            return []
        found = self._client.disputes.list({"charge": charge.id, "limit": 100}).data
        return [(one.status, one.amount) for one in found]


def from_settings(settings: Settings) -> Stripe:
    """The provider as it is configured. Raises `ConfigFault`."""
    prefix = "CARDTRAIL_PAY_STRIPE"
    key = settings.secret_file(f"{prefix}_KEY_FILE").decode("ascii", "replace").strip()
    secret = settings.secret_file(f"{prefix}_WEBHOOK_SECRET_FILE").decode("ascii", "replace").strip()
    if not key.startswith(("sk_live_", "sk_test_", "rk_live_", "rk_test_")):
        raise ConfigFault(f"the file that {prefix}_KEY_FILE names holds no secret key of Stripe")
    if not secret.startswith("whsec_"):
        raise ConfigFault(
            f"the file that {prefix}_WEBHOOK_SECRET_FILE names holds no signing secret of Stripe"
        )
    named = settings.needed(f"{prefix}_CURRENCIES").split(",")
    currencies = frozenset(code.strip().upper() for code in named)
    if not all(len(code) == 3 and code.isascii() and code.isalpha() for code in currencies):
        raise ConfigFault(f"{prefix}_CURRENCIES is a list of currency codes, separated by commas")
    if currencies & OTHER_UNITS:
        raise ConfigFault(
            f"{prefix}_CURRENCIES: Stripe counts {', '.join(sorted(OTHER_UNITS))} in other units"
        )
    return Stripe(key, secret, currencies)


@contextmanager
def _asked() -> Iterator[None]:
    """Tell the library's errors as the port's. Of their texts nothing is kept."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderAway(f"Stripe does not answer ({type(error).__name__})") from None
    except stripe.IdempotencyError:
        raise ProviderRefused("key_reused", "idempotency_error") from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise ProviderRefused("not_allowed", type(error).__name__) from None
    except stripe.InvalidRequestError as error:
        code = error.code or "invalid_request"
        raise ProviderRefused(_CODES.get(code, "other"), code) from None
    except stripe.StripeError as error:
        raise ProviderAway(f"Stripe cannot do it now ({type(error).__name__})") from None


def _keyed(key: str) -> Any:
    return {"idempotency_key": key}


def _metadata(payment: Payment, key: str, charge: stripe.Charge) -> dict[str, str]:
    intent = charge.payment_intent
    intent_id = intent if isinstance(intent, str) else ""
    return {"cardtrail_order": payment.order_id, "cardtrail_key": key, "cardtrail_payment": intent_id}


def _tag(thing: stripe.StripeObject, name: str) -> str:
    """What we wrote on a thing of Stripe's when it was made."""
    return str((thing.to_dict().get("metadata") or {}).get(f"cardtrail_{name}", ""))


def _intent(session: stripe.checkout.Session) -> str:
    intent = session.payment_intent
    return intent if isinstance(intent, str) else ""


def _progress(status: str | None) -> Progress:
    if status in ("failed", "canceled"):
        raise ProviderRefused("not_allowed", f"refund {status}")
    return Progress.DONE if status == "succeeded" else Progress.PENDING
