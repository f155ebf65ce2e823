"""The time of our own requests. Times of notifications are judged by a clock that is handed in."""

from __future__ import annotations

import time


def clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
