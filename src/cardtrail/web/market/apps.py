"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """Listings, offers and talks, browsing and buying, groups."""

    name = "cardtrail.web.market"
    label = "market"

    def ready(self) -> None:
        """Hear of the ledger and of orders, answer them before delivery, and say what deleting an account means."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.actions.hooks import on_settled
        from cardtrail.web.ledger.follow import on_movements
        from cardtrail.web.market import following, groups, leaving, order_wiring, selling
        from cardtrail.web.orders import hooks, reconcile

        on_settled(selling.SELL, following.settled)
        on_movements(following.moved)
        reconcile.also.append(following.missed)
        hooks.on_listing(following.heard)
        hooks.on_stage(following.staged)
        groups.register()
        order_wiring.connect()
        deletion.objections.append(leaving.objections)
        deletion.wipers.append(leaving.wipe)
