"""Quantiles of whole numbers, exactly: always one of the numbers themselves, never something between two."""

from __future__ import annotations

from collections.abc import Sequence

from cardtrail.pricing.value import WHOLE_BP


def quantile(ordered: Sequence[int], share_bp: int) -> int:
    """The nearest-rank quantile: the smallest number that at least this share of all is not above.

    `ordered` is sorted and not empty; the share is from 0 to 10,000. At 0 it is the least, at 10,000 the greatest, at
    5,000 the middle one, and of an even count the lower of the two in the middle. Raises `ValueError` otherwise.
    """
    if not ordered or not 0 <= share_bp <= WHOLE_BP:
        raise ValueError("a quantile needs at least one number and a share from 0 to 10,000")
    rank = -(-share_bp * len(ordered) // WHOLE_BP)
    return ordered[max(rank, 1) - 1]


def trimmed(ordered: Sequence[int], share_bp: int) -> Sequence[int]:
    """The numbers without this share at each end, rounded down: up to so many sales at odd prices move nothing."""
    cut = len(ordered) * share_bp // WHOLE_BP
    return ordered[cut : len(ordered) - cut]
