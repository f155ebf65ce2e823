"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """Payments with cards: a till's code, an online checkout, refunds."""

    name = "cardtrail.web.checkout"
    label = "checkout"

    def ready(self) -> None:
        """Hear how the actions behind payments and refunds end."""
        from cardtrail.web.actions.hooks import on_settled
        from cardtrail.web.checkout import paying, refunding

        on_settled(paying.PAY, paying.on_paid)
        on_settled(paying.PUT_BACK, paying.on_put_back)
        on_settled(refunding.PURPOSE, refunding.on_refunded)
