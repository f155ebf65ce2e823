"""What risk no longer needs is forgotten."""

from __future__ import annotations

from typing import Final

from cardtrail.web.risks.models import Moved, Seen
from cardtrail.web.risks.penalties import running
from cardtrail.web.ui.clock import DAY_MS, now_ms

KEEP_SEEN_MS: Final = 400 * DAY_MS
"""As long as a browser keeps its name at most."""

KEEP_MOVED_MS: Final = 30 * DAY_MS


def forget_old() -> int:
    """Forget traces of a year ago, what was counted longer ago than any window reaches, and traces of deleted accounts
    whose penalty is over. Gives how many rows. Penalties in force keep what they follow."""
    now = now_ms()
    penalised = running().values("person_id")
    free = Seen.objects.exclude(person__in=penalised)
    old, _ = free.filter(last_ms__lt=now - KEEP_SEEN_MS).delete()
    left, _ = free.filter(person__deleted_ms__isnull=False).delete()
    moved, _ = Moved.objects.filter(at_ms__lt=now - KEEP_MOVED_MS).delete()
    return old + left + moved
