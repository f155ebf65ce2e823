"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """Payments with cards: a till's code, an online checkout, refunds."""

    name = "cardtrail.web.checkout"
    label = "checkout"
