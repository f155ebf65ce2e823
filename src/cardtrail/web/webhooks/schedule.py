"""When a delivery is tried again."""

from __future__ import annotations

import secrets

from cardtrail.web.ui.clock import HOUR_MS, MINUTE_MS, SECOND_MS

DELAYS_MS = (
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
)
"""The wait after the first, second, … failure, as Standard Webhooks recommend. After the tenth nothing follows."""

JITTER = 0.2
"""A wait is this much longer at most, by chance, so that what failed together does not come back together."""

MAX_RETRY_AFTER_MS = 24 * HOUR_MS
"""A receiver may ask for a longer wait, up to this one."""

GIVE_UP_AFTER_MS = 5 * 24 * HOUR_MS
"""An endpoint without a single success for this long is stopped."""


def next_try_ms(attempts: int, now_ms: int, retry_after_s: int | None) -> int | None:
    """When to try again after so many attempts, none if that was the last. Not before the receiver wants it."""
    if attempts > len(DELAYS_MS):
        return None
    delay = DELAYS_MS[attempts - 1]
    delay += secrets.randbelow(int(delay * JITTER) + 1)
    wish = min((retry_after_s or 0) * SECOND_MS, MAX_RETRY_AFTER_MS)
    return now_ms + max(delay, wish)
