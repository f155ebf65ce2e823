"""The present, in one place, and the units of time."""

from __future__ import annotations

import datetime
import time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Civil days of the brand and of the law are this zone's."""

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


_ahead_ms = 0


def now_ms() -> int:
    """Milliseconds since 1970-01-01T00:00:00Z by this machine's clock."""
    return time.time_ns() // 1_000_000 + _ahead_ms


def set_ahead(ahead_ms: int) -> None:
    """Let this process live so much later, or with a negative number earlier, than its machine's clock says. For the
    demonstration, which plays a season before it is shown, and for tests; nothing that serves people calls it."""
    global _ahead_ms  # noqa: PLW0603 - one clock for each process
    _ahead_ms = ahead_ms


def moment(at_ms: int) -> datetime.datetime:
    """A moment as Python has it, in UTC."""
    return datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC)


def day_of(at_ms: int) -> datetime.date:
    """The civil day in Shanghai."""
    return moment(at_ms).astimezone(SHANGHAI).date()


def day_began_ms(at_ms: int) -> int:
    """When the civil day in Shanghai began that a moment belongs to."""
    midnight = datetime.datetime.combine(day_of(at_ms), datetime.time(), SHANGHAI)
    return round(midnight.timestamp()) * 1000
