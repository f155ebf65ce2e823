"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The link to the ledger, and the projection of its feed."""

    name = "cardtrail.web.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Tell the pages whether the ledger can be reached."""
        from cardtrail.web.ledger import follow
        from cardtrail.web.ui.site import sources

        sources.ledger_away = follow.ledger_away
        follow.register()
