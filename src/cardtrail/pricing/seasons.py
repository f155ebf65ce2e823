"""When cards are given most. Prices of then and of the rest of the year do not speak about each other."""

from __future__ import annotations

from typing import Final

from cardtrail.pricing.value import DAY_MS, Value

CHINA_OFFSET_MS: Final = 8 * 3_600_000
"""China has one time, UTC+8, without changes over the year."""


class Peak(Value):
    """A time in which cards are given and prices rise: from its first moment up to, not including, its end."""

    name: str
    from_ms: int
    until_ms: int


_LEAD_DAYS: Final = {"spring_festival": 21, "mid_autumn": 14}
"""How many days before the festival people begin to buy cards. Ours: no source gives a number."""

# Days since 1970-01-01 of the festivals: the first day of the first month, and the fifteenth of the eighth, of the
# Chinese calendar as the Purple Mountain Observatory computes it (GB/T 33661-2017).
_FESTIVALS: Final = (
    ("spring_festival", 19_379),  # 2023-01-22
    ("mid_autumn", 19_629),  # 2023-09-29
    ("spring_festival", 19_763),  # 2024-02-10
    ("mid_autumn", 19_983),  # 2024-09-17
    ("spring_festival", 20_117),  # 2025-01-29
    ("mid_autumn", 20_367),  # 2025-10-06
    ("spring_festival", 20_501),  # 2026-02-17
    ("mid_autumn", 20_721),  # 2026-09-25
    ("spring_festival", 20_855),  # 2027-02-06
    ("mid_autumn", 21_076),  # 2027-09-15
    ("spring_festival", 21_209),  # 2028-01-26
    ("mid_autumn", 21_460),  # 2028-10-03
)


def _peak(name: str, day: int) -> Peak:
    day_ms = day * DAY_MS - CHINA_OFFSET_MS
    return Peak(name=name, from_ms=day_ms - _LEAD_DAYS[name] * DAY_MS, until_ms=day_ms + DAY_MS)


PEAKS: Final = tuple(_peak(name, day) for name, day in _FESTIVALS)
"""The peaks of 2023 to 2028. After the last one every day counts as ordinary, until somebody adds more."""


def is_peak(at_ms: int, peaks: tuple[Peak, ...] = PEAKS) -> bool:
    """Whether a moment lies in a peak."""
    return any(peak.from_ms <= at_ms < peak.until_ms for peak in peaks)
