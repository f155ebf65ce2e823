"""Our own outages: found by parts of ours that were silent, and not counted in anybody's deadlines.

The part that fires timers notes every few seconds that it is alive, and so do the pages. A part that comes back after a
longer silence records the silence as an outage. Before any timer fires, the deadlines of its order are counted again
with what is recorded, and with silences that still last: so no deadline passes while people cannot act, and none by the
mere fact that we were away. A deadline follows from its beginning, its length and the outages alone, so to count it
again changes nothing.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.db import close_old_connections, transaction
from msgspec.structs import replace

from cardtrail.deals.deadlines import Outage as Span
from cardtrail.deals.deadlines import all_paused
from cardtrail.deals.order_state import Order
from cardtrail.web.orders.models import Outage, Pulse
from cardtrail.web.ui.clock import SECOND_MS, now_ms

log = logging.getLogger(__name__)

BEAT_MS: Final = 5 * SECOND_MS
"""How often a part notes that it is alive, at most."""

GAP_MS: Final = 30 * SECOND_MS
"""A silence from here on is an outage."""

TIMERS: Final = "timers"
WEB: Final = "web"


def alive(part: str, now: int) -> None:
    """A part of ours is there. If it was silent for long, that was an outage, recorded once."""
    seen = Pulse.objects.filter(part=part).values_list("at_ms", flat=True).first()
    if seen is not None and now - seen < BEAT_MS:
        return
    with transaction.atomic():
        pulse = Pulse.objects.select_for_update().filter(part=part).first()
        if pulse is None:
            Pulse.objects.bulk_create([Pulse(part=part, at_ms=now)], ignore_conflicts=True)
            return
        if now - pulse.at_ms >= GAP_MS:
            Outage.objects.create(part=part, start_ms=pulse.at_ms, end_ms=now)
        if now > pulse.at_ms:
            pulse.at_ms = now
            pulse.save(update_fields=["at_ms"])


def known(since_ms: int, now: int) -> list[Span]:
    """Every outage that ended after a moment, and every silence that lasts."""
    spans = [
        Span(start, end)
        for start, end in Outage.objects.filter(end_ms__gt=since_ms).values_list("start_ms", "end_ms")
    ]
    silent = Pulse.objects.filter(at_ms__lte=now - GAP_MS).values_list("at_ms", flat=True)
    return spans + [Span(start, now) for start in silent]


def counted_again(order: Order, now: int) -> Order:
    """The order with its deadlines as our outages leave them; the same order if they change nothing."""
    if not order.deadlines:
        return order
    since_ms = min(deadline.anchor_ms for deadline in order.deadlines)
    spans = known(since_ms, now)
    moved = all_paused(order.deadlines, spans)
    return order if moved == order.deadlines else replace(order, deadlines=moved)


def keep_pulse(part: str, stop: threading.Event) -> None:
    """Note every few seconds that this process is alive, until told to stop. For a thread of its own: a database that
    is away for a moment does not end it, or we would be silent for good, and nobody's deadline would pass any more."""
    while not stop.is_set():
        try:
            close_old_connections()
            alive(part, now_ms())
        except Exception:
            log.exception("it could not be noted that %s is alive; it is tried again", part)
        stop.wait(BEAT_MS / 1000)
