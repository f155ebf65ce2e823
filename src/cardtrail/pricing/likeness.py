"""Which cards are alike: by size, by how old they are, by how long they are valid, and by the season of the sale."""

from __future__ import annotations

from typing import Final

from cardtrail.pricing.sales import Ware
from cardtrail.pricing.seasons import is_peak
from cardtrail.pricing.value import DAY_MS, Value

SIZES_UP_TO_MINOR: Final = (20_000, 70_000)
"""Balances of the small and of the middle class, both included; beyond them the large class begins. They lie between
the faces that the market article gives prices for: ¥100, ¥500 and ¥1,000."""

AGES_FROM_MS: Final = (3 * DAY_MS, 90 * DAY_MS)
"""Since its activation a card is fresh, settled, old. Fresh: while the market article sees fraud three times as often
succeed."""

VALID_FROM_MS: Final = (90 * DAY_MS, 365 * DAY_MS)
"""What is left of its validity is short, medium, long. A card that never expires is long."""


class Likeness(Value):
    """The classes a card falls into at a moment, each counted from 0."""

    currency: str
    size: int
    age: int
    validity: int
    peak: bool


def likeness(ware: Ware, at_ms: int) -> Likeness:
    """The classes of a card at a moment."""
    left_ms = None if ware.expires_ms is None else ware.expires_ms - at_ms
    return Likeness(
        currency=ware.currency,
        size=size_of(ware.balance_minor),
        age=_place(at_ms - ware.activated_ms, AGES_FROM_MS),
        validity=len(VALID_FROM_MS) if left_ms is None else _place(left_ms, VALID_FROM_MS),
        peak=is_peak(at_ms),
    )


def size_of(balance_minor: int) -> int:
    """The class of a balance: 0 small, 1 middle, 2 large."""
    return sum(balance_minor > up_to for up_to in SIZES_UP_TO_MINOR)


def _place(value: int, begins: tuple[int, ...]) -> int:
    return sum(value >= begin for begin in begins)
