"""`/healthz`: whether everything that serves people is there: the pages, the ledger's node and the worker."""

from __future__ import annotations

import threading
import time

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cardtrail.client.errors import NodeUnavailable
from cardtrail.web.ledger.link import client

BEAT = "heartbeat:worker"
"""Cache key under which the worker notes when it was last alive, in milliseconds since 1970."""

BEAT_EVERY_MS = 3_000
BEAT_LASTS_MS = 15_000
"""A worker that was silent for so long counts as gone."""

LOOK_EVERY_S = 1.0
"""However often it is asked, the parts are looked at this often at most."""

Parts = dict[str, str]

READY = "ready"
AWAY = "away"


def beat() -> None:
    """Note that the worker is alive. Raises `DatabaseError` where that cannot be written."""
    cache.set(BEAT, _now_ms(), timeout=60)


def look() -> Parts:
    """Every part, `ready` or `away`. Never raises for a part that is away."""
    parts = {"node": READY if _node_answers() else AWAY}
    try:
        beaten_ms = cache.get(BEAT)
        parts["database"] = READY
    except DatabaseError:
        beaten_ms = None
        parts["database"] = AWAY
    alive = beaten_ms is not None and abs(_now_ms() - beaten_ms) < BEAT_LASTS_MS
    parts["worker"] = READY if alive else AWAY
    return parts


class Glance:
    """The last look at the parts, shared by whoever asks at the same time: nobody can make us look more often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: Parts = {}
        self._seen_s = float("-inf")

    def parts(self) -> Parts:
        """The parts as they were at most `LOOK_EVERY_S` ago, or as last seen while somebody else looks."""
        if time.monotonic() - self._seen_s >= LOOK_EVERY_S and self._lock.acquire(blocking=not self._parts):
            try:
                if time.monotonic() - self._seen_s >= LOOK_EVERY_S:
                    self._parts = look()
                    self._seen_s = time.monotonic()
            finally:
                self._lock.release()
        return self._parts


_glance = Glance()


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 once every part is ready, else 503; both say which part is how."""
    parts = _glance.parts()
    ready = all(state == READY for state in parts.values())
    return JsonResponse({"ready": ready, "parts": {"web": READY, **parts}}, status=200 if ready else 503)


def _node_answers() -> bool:
    try:
        return client().transport.request("GET", "/healthz").status == 200
    except NodeUnavailable:
        return False


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
