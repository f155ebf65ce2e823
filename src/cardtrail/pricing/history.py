"""Prices day by day, for everybody: so rounded, and with thin days left out, that no single trade can be read off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cardtrail.pricing.likeness import size_of
from cardtrail.pricing.quantiles import quantile
from cardtrail.pricing.sales import Sale
from cardtrail.pricing.seasons import CHINA_OFFSET_MS
from cardtrail.pricing.value import DAY_MS, WHOLE_BP, Value

LEAST: Final = 5
"""So many sales, and as many different sellers and different buyers, make a day public. Ours."""

ROUND_BP: Final = 50
"""Medians are shown to half a percent, for the median of an odd count is one of the prices itself. Ours."""


class Day(Value):
    """A day of one currency and size.

    day         days since 1970-01-01 in China
    sales       how many
    median_bp   the middle price as a share of the balance, to the nearest half percent
    """

    day: int
    sales: int
    median_bp: int


def china_day(at_ms: int) -> int:
    """The civil day in China, as days since 1970-01-01."""
    return (at_ms + CHINA_OFFSET_MS) // DAY_MS


def daily(
    sales: Iterable[Sale], currency: str, size: int | None = None, *, until_ms: int, least: int = LEAST
) -> list[Day]:
    """The public days of one currency and size (none: all sizes), in order.

    Only days that are over at `until_ms` are shown: whoever looks before and after a sale would see it in the
    difference. Sales between linked accounts are left out.
    """
    days: dict[int, list[Sale]] = {}
    for sale in sales:
        day = china_day(sale.at_ms)
        if (
            not sale.linked
            and sale.ware.currency == currency
            and size in (None, size_of(sale.ware.balance_minor))
            and day < china_day(until_ms)
        ):
            days.setdefault(day, []).append(sale)
    return [_shown(day, days[day]) for day in sorted(days) if _is_public(days[day], least)]


def _is_public(sales: list[Sale], least: int) -> bool:
    sellers = {sale.seller for sale in sales}
    buyers = {sale.buyer for sale in sales}
    return min(len(sales), len(sellers), len(buyers)) >= least


def _shown(day: int, sales: list[Sale]) -> Day:
    middle = quantile(sorted(sale.share_bp for sale in sales), WHOLE_BP // 2)
    return Day(day=day, sales=len(sales), median_bp=(middle + ROUND_BP // 2) // ROUND_BP * ROUND_BP)
