"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """Cards that go back to the brand, for money or for points."""

    name = "cardtrail.web.returns"
    label = "returns"

    def ready(self) -> None:
        """Hear how a return's actions end; tell of its cards as what they are; say what stands against deleting an
        account."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.actions.hooks import on_settled
        from cardtrail.web.cards import standing, stops, worth
        from cardtrail.web.notices.from_ledger import together as told_together
        from cardtrail.web.returns import (
            course,
            figures,
            handing,
            leaving,
            quotes,
            settling,
            standings,
            together,
        )

        on_settled(handing.PURPOSE, course.settled)
        told_together.append(together.find)
        stops.names.append(together.names)
        standing.others.append(standings.standing)
        worth.brand_pays(quotes.buyback_floor)
        deletion.objections.append(leaving.objections)
        settling.register()
        figures.register()
