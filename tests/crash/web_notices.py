"""Who has to be told what of a movement, said here a second time, apart from the application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

Told = tuple[UUID, str, int, int]
"""Person, kind of notice, entry, card."""

TO_OWNER = {
    "hold": "gifts.held",
    "return": "gifts.returned",
    "redeem": "payments.redeemed",
    "refund": "payments.refunded",
    "split": "cards.split",
    "merge": "cards.merged",
}
"""Whose card it is before and after hears of these."""

NO_NEWS = frozenset(("issue", "activate", "split_part", "merge_result"))
"""Nobody's card yet, or a part of what its owner has just confirmed and heard of."""


def expected_notices(movements: Iterable[tuple[int, int, str, UUID | None, UUID | None]]) -> Counter[Told]:
    """Everything that people have to be told, from (entry, card, kind, holder before, holder after)."""
    told: Counter[Told] = Counter()
    for entry, card, kind, before, after in movements:
        if kind in NO_NEWS:
            continue
        if kind in {"transfer", "release"} and before != after:
            if before is not None:
                told[before, "cards.left", entry, card] += 1
            if after is not None:
                told[after, "cards.came", entry, card] += 1
        elif kind in TO_OWNER and after is not None:
            told[after, TO_OWNER[kind], entry, card] += 1
    return told
