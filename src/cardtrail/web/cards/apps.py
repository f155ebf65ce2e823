"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class CardsConfig(AppConfig):
    """Holders' pages: wallet, card, giving, sharing, dividing, loss, records."""

    name = "cardtrail.web.cards"
    label = "cards"

    def ready(self) -> None:
        """Follow gifts in the ledger, and tell custody and deletion what this app keeps."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.actions.hooks import on_settled
        from cardtrail.web.cards import addressed, following, leaving
        from cardtrail.web.cards.told_together import of_shares
        from cardtrail.web.ledger.follow import on_movements
        from cardtrail.web.notices.from_ledger import together

        together.append(of_shares)
        on_movements(following.follow)
        for purpose in ("give", "share", "accept"):
            on_settled(purpose, following.settled)
        addressed.register()
        deletion.objections.append(leaving.objections)
        deletion.wipers.append(leaving.wipe)
