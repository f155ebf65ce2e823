"""The app's registration."""

from __future__ import annotations

from django.apps import AppConfig


class RisksConfig(AppConfig):
    """Signals, decisions that are kept, and what they clear."""

    name = "cardtrail.web.risks"
    label = "risks"

    def ready(self) -> None:
        """Count cards that pass on, tell whether an action is cleared, and what goes with an account."""
        from cardtrail.web.accounts import deletion
        from cardtrail.web.actions.clearance import decided_by
        from cardtrail.web.ledger.follow import on_movements
        from cardtrail.web.risks import clear, counters, leaving

        on_movements(counters.follow)
        decided_by(clear.is_cleared)
        deletion.wipers.append(leaving.wipe)
