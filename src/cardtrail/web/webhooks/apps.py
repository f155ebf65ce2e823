"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Events delivered to the brand's own systems."""

    name = "cardtrail.web.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        """Listen to the ledger, tell staff of stopped endpoints, and have our sealed columns known."""
        from cardtrail.web.ledger.follow import on_movements
        from cardtrail.web.webhooks.disabling import on_disabled
        from cardtrail.web.webhooks.from_ledger import tell_of
        from cardtrail.web.webhooks.sealing import register_for_rotation
        from cardtrail.web.webhooks.staff import tell_staff

        on_movements(tell_of)
        on_disabled(tell_staff)
        register_for_rotation()
