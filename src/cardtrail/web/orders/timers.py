"""Timers of orders. The machine looks at the time again under the row's lock: a timer that is found twice, or too
early, changes nothing."""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from cardtrail.deals.deadlines import next_due
from cardtrail.deals.events import DeadlinePassed
from cardtrail.web.orders import outages
from cardtrail.web.orders.deciding import go, take
from cardtrail.web.orders.models import Deal

log = logging.getLogger(__name__)

TOGETHER: Final = 100


def run_due(now_ms: int) -> int:
    """Note that we are alive, or that we were not; then fire what is due. Gives how many timers."""
    outages.alive(outages.TIMERS, now_ms)
    return fire(now_ms)


def fire(now_ms: int, limit: int = TOGETHER) -> int:
    """Fire what is due. What goes wrong with one order does not keep the others waiting."""
    due = Deal.objects.filter(next_ms__lte=now_ms).order_by("next_ms", "pk")
    return sum(_fire(id, now_ms) for id in list(due.values_list("pk", flat=True)[:limit]))


def _fire(deal_id: UUID, now_ms: int) -> bool:
    """Whether anything changed; a deadline that only moved because of an outage is a change, too."""
    deal = Deal.objects.get(pk=deal_id)
    due = next_due(deal.order.deadlines, now_ms)
    if due is None:
        return False
    try:
        taken = take(deal_id, DeadlinePassed(due.timer))
        go(taken)
    except Exception:
        log.exception("timer %s of order %s failed; it is tried again", due.timer.value, deal.number)
        return False
    return taken.changed
