"""Matters that are over by themselves: nobody has to close what a decision, a payment or time has settled."""

from __future__ import annotations

from cardtrail.deals.order_state import Order
from cardtrail.web.market.desk_kinds import KINDS
from cardtrail.web.orders.models import Deal, Matter
from cardtrail.web.ui.clock import now_ms


def close_what_is_done(deal: Deal, before: Order | None, after: Order) -> None:
    """Hook, in the decision's transaction: close what the order does not wait for any more. Who did it stands in the
    order's own history, so no name is written here."""
    if before is None:
        return
    # What is left to a person although the order is over has no `over`.
    done = [
        code
        for code, kind in KINDS.items()
        if kind.over is not None and kind.over(after) and not kind.over(before)
    ]
    if done:
        open_ones = Matter.objects.filter(deal=deal, kind__in=done, origin="order", closed_ms__isnull=True)
        open_ones.update(closed_ms=now_ms())
