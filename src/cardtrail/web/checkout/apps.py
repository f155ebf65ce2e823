"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """Payments with cards: a till's code, an online checkout, refunds."""

    name = "cardtrail.web.checkout"
    label = "checkout"

    def ready(self) -> None:
        """Hear how the actions behind payments and refunds end, and say what stands against deleting an account."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.actions.hooks import on_settled
        from cardtrail.web.cards.stops import receipts
        from cardtrail.web.checkout import leaving, paying, refunding
        from cardtrail.web.checkout.stops import receipts_of

        on_settled(paying.PAY, paying.on_paid)
        on_settled(paying.PUT_BACK, paying.on_put_back)
        on_settled(refunding.PURPOSE, refunding.on_refunded)
        deletion.objections.append(leaving.objections)
        receipts.append(receipts_of)
