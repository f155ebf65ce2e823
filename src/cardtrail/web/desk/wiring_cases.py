"""What casework has to say to the rest of the application, once, when the app is ready."""

from __future__ import annotations


def connect() -> None:
    """Follow the ledger's movements and the outcomes of actions that belong to cases."""
    from cardtrail.web.actions.hooks import on_settled
    from cardtrail.web.desk import badges, cases, loss_following, losses, penalising, reasons
    from cardtrail.web.ledger.follow import on_movements
    from cardtrail.web.notices.not_me import PURPOSE as NOT_ME

    on_movements(loss_following.follow)
    on_settled(NOT_ME, cases.on_not_me)
    on_settled(losses.PURPOSE, loss_following.on_rebind_settled)
    on_settled(losses.PURPOSE, reasons.on_settled)
    on_settled(reasons.PURPOSE, reasons.on_settled)
    penalising.register()
    badges.register()
