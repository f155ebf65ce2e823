"""The app's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter

from cardtrail.web.cards.access import CardNumber
from cardtrail.web.checkout.views import paying, scan, till


class PaymentId:
    """A payment's public id in an address."""

    regex = r"pay_[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        """The id as it is kept."""
        return value

    def to_url(self, value: str) -> str:
        """The id as it is kept."""
        return value


register_converter(PaymentId, "payment")
register_converter(CardNumber, "paying_card")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", scan.code, name="pay_code"),
    path("with/<paying_card:serial>/", scan.with_card, name="pay"),
    path("receipts/", paying.receipts, name="receipts"),
    path("till/", till.till, name="till"),
    path("till/<payment:payment_id>/", till.payment, name="till_payment"),
    path("till/<payment:payment_id>/cancel/", till.cancel, name="till_cancel"),
    path("till/<payment:payment_id>/refund/", till.refund, name="till_refund"),
    path("<payment:payment_id>", scan.landing, name="pay_landing"),
    path("<payment:payment_id>/look", scan.look, name="pay_look"),
    path("<payment:payment_id>/take", scan.take, name="pay_take"),
    path("<payment:payment_id>/cards/", paying.cards, name="pay_cards"),
    path("<payment:payment_id>/done/", paying.done, name="pay_done"),
]
