"""The payment providers of this installation, and what we tell them of people."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from cardtrail.deals.order_state import Order
from cardtrail.payments.port import Payment, Provider, Standing, page_in
from cardtrail.payments.registry import Registry, UnknownProvider, load
from cardtrail.web.actions.pairs import by_two
from cardtrail.web.orders import payees
from cardtrail.web.orders.models import Account, Deal, Errand
from cardtrail.web.ui.texts import Text

SANDBOX: Final = "sandbox"

PAYEE: Final = "payee"
"""The purpose of the confirmation by which somebody gets an account to be paid to."""

NAMES: Final = {
    SANDBOX: Text("演练支付", "Play Money"),
    "alipay": Text("支付宝", "Alipay"),
    "wechat": Text("微信支付", "WeChat Pay"),
    "stripe": Text("Stripe", "Stripe"),
}
"""The providers as people know them."""

_other: Registry | None = None


def name_of(provider: str) -> Text:
    """A provider, as people know it."""
    return NAMES.get(provider, Text(provider, provider))


@lru_cache(maxsize=1)
def _configured() -> Registry:
    return load(os.environ)


def registry() -> Registry:
    """The providers that are configured, read at the first use. Raises `payments.settings.ConfigFault`."""
    return _configured() if _other is None else _other


@contextmanager
def using(other: Registry) -> Iterator[Registry]:
    """Use other providers for a while: in tests, and where a program brings its own."""
    global _other  # noqa: PLW0603 - one registry for each process
    before, _other = _other, other
    try:
        yield other
    finally:
        _other = before


def provider_of(deal: Deal) -> Provider:
    """Who holds an order's money, to be asked something. Raises `payments.registry.UnknownProvider`; and
    `payees.PayeeChanged` where somebody else than its seller would be paid: a provider is not even asked about such an
    order, for where the account belongs to the question the answer would be another's."""
    payees.check(deal)
    return registry()[deal.provider]


def payee(provider: str, person_id: UUID) -> str | None:
    """The seller's account with a provider; none if they cannot be paid there. The sandbox makes play accounts."""
    return _account(provider, person_id) or None


def knows_payer(provider: str) -> bool:
    """Whether it is known beforehand from which account a buyer's money is to come. Only play accounts pay and are
    paid: where Alipay, WeChat Pay and Stripe pay a seller (a sub-merchant, a connected account) nobody pays from."""
    return provider == SANDBOX


def payer(provider: str, person_id: UUID) -> str:
    """The account that a buyer's money is expected from, empty where none is known."""
    return _account(provider, person_id) if knows_payer(provider) else ""


def _account(provider: str, person_id: UUID) -> str:
    return named(provider, person_id, next(iter(accounts(provider, person_id)), ""))


def accounts(provider: str, person_id: UUID) -> QuerySet[Account, str]:
    """What is kept of a person's account with a provider: its name there, or nothing."""
    return Account.objects.filter(person_id=person_id, provider=provider).values_list("reference", flat=True)


def named(provider: str, person_id: UUID, kept: str) -> str:
    """A person's account with a provider, of what is kept of it; empty where they have none. The sandbox makes play
    accounts; of another provider's, only that counts which two members of staff have confirmed."""
    if provider == SANDBOX:
        return kept or f"person_{person_id.hex}"
    return _agreed(provider, person_id) if kept else ""


def agreed_on(account: Account) -> bool:
    """Whether this very account of this very person stands as two members of staff have confirmed it: who can write to
    the database alone has nobody paid elsewhere."""
    made = account.agreed
    if made is None or made.purpose != PAYEE:
        return False
    about = made.orders[0]
    said = (about["person"], about["provider"], about["account"])
    meant = (str(account.person_id), account.provider, account.reference)
    return said == meant and by_two(made, made.approval_given)


def _agreed(provider: str, person_id: UUID) -> str:
    rows = Account.objects.select_related("agreed__approval_given")
    account = rows.filter(person_id=person_id, provider=provider).first()
    return account.reference if account is not None and agreed_on(account) else ""


def payment_of(deal: Deal, order: Order, payment_id: str = "") -> Payment:
    """What the provider is told of a payment: the accepted one, one that goes back, or the one that is awaited."""
    known = [payment for payment in (order.payment, *(stray.payment for stray in order.strays)) if payment]
    meant = next((payment for payment in known if payment.id == payment_id), None) or order.payment
    return Payment(
        order_id=deal.number,
        payment_id=payment_id or (meant.id if meant else deal.payment_id),
        amount_minor=meant.amount_minor if meant else deal.price_minor,
        currency=meant.currency if meant else deal.currency,
        payee=deal.payee,
    )


def standing_of(deal: Deal, order: Order) -> Standing | None:
    """An order's funds as the provider has them; none if it knows nothing of them. Some providers tell of a refund or a
    release by its key alone. Outside of any transaction. Raises `PaymentFault`, `UnknownProvider`."""
    sent = Errand.objects.filter(deal=deal, kind__in=("refund", "release")).values_list("kind", "key")
    keys = [(kind, key_of(key)) for kind, key in sent]
    return provider_of(deal).query(
        payment_of(deal, order),
        refunds=[key for kind, key in keys if kind == "refund"],
        release=next((key for kind, key in keys if kind == "release"), ""),
    )


def key_of(key: str) -> str:
    """The provider's idempotency key of an effect with this key."""
    return sha256(key.encode()).hexdigest()


def pay_page(deal: Deal) -> str:
    """Where the buyer pays, in the language that is read now, if the provider's page takes such a wish; empty while the
    provider has not said where."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    try:
        return page_in(language, deal.pay_url, registry()[deal.provider].terms) if deal.pay_url else ""
    except UnknownProvider:  # No longer configured; where it was to be paid is known all the same.
        return deal.pay_url


def notify_url(provider: str) -> str:
    """Where a provider posts its notifications."""
    return f"{settings.CONFIG.public_url}{reverse('pay_notify', args=[provider])}"


def return_url(deal: Deal) -> str:
    """Where the payer comes back to."""
    try:
        page = reverse("market:order", args=[deal.number])
    except NoReverseMatch:
        page = "/"
    return f"{settings.CONFIG.public_url}{page}"
