"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The link to the ledger, and the projection of its feed."""

    name = "cardtrail.web.ledger"
    label = "ledger"
