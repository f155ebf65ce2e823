"""Cards and sales for the tests of prices."""

from __future__ import annotations

from itertools import count
from typing import Any

from cardtrail.pricing.sales import Sale, Ware
from cardtrail.pricing.value import DAY_MS

NOW = 20_600 * DAY_MS
"""2026-05-27, far from any festival."""

_ids = count()


def ware(
    balance_minor: int = 50_000, *, age_days: int = 30, left_days: int | None = 800, at_ms: int = NOW
) -> Ware:
    return Ware(
        currency="CNY",
        balance_minor=balance_minor,
        activated_ms=at_ms - age_days * DAY_MS,
        expires_ms=None if left_days is None else at_ms + left_days * DAY_MS,
    )


def sale(share_bp: int = 8_500, *, days_ago: int = 1, of: Ware | None = None, **fields: Any) -> Sale:
    """A sale between two people who trade nothing else."""
    number = next(_ids)
    at_ms = fields.pop("at_ms", NOW - days_ago * DAY_MS)
    card = of or ware(at_ms=at_ms)
    given = {"id": f"sale-{number}", "seller": f"seller-{number}", "buyer": f"buyer-{number}"} | fields
    return Sale(ware=card, price_minor=card.balance_minor * share_bp // 10_000, at_ms=at_ms, **given)
