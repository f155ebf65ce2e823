"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """What people are told, in the pages and by mail."""

    name = "cardtrail.web.notices"
    label = "notices"

    def ready(self) -> None:
        """Listen to the ledger, tell the pages how many notices are unread, and go with a deleted account."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.ledger.follow import on_movements
        from cardtrail.web.notices import tell
        from cardtrail.web.notices.from_ledger import tell_of
        from cardtrail.web.ui.site import sources

        on_movements(tell_of)
        sources.unread = tell.unread
        tell.register()
        deletion.wipers.append(tell.wipe)
