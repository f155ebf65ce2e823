"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Escrow orders: kept, decided, carried out, reconciled."""

    name = "cardtrail.web.orders"
    label = "orders"

    def ready(self) -> None:
        """Hear what the ledger does to orders' cards, tell which are in escrow and in dispute, keep the names of
        payments, hear who is suspended, and say what stands against deleting an account."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.actions.hooks import on_settled
        from cardtrail.web.ledger.states import tell_apart
        from cardtrail.web.notices import from_ledger
        from cardtrail.web.orders import (
            hooks,
            leaving,
            ledger_news,
            ledger_side,
            payment_names,
            suspending,
        )
        from cardtrail.web.orders.told_apart import told_apart
        from cardtrail.web.risks import penalties

        tell_apart.append(told_apart)
        from_ledger.besides.append(ledger_news.follow)
        hooks.on_stage(payment_names.keep)
        for purpose in (ledger_side.BUY, ledger_side.DISPUTE, ledger_side.STOP):
            on_settled(purpose, ledger_news.settled)
        deletion.objections.append(leaving.objections)
        deletion.wipers.append(leaving.wipe)
        penalties.when_begun.append(suspending.begun)
