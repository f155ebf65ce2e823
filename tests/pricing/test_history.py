"""The public chart: no trade can be read off it."""

from __future__ import annotations

from cardtrail.pricing.history import china_day, daily
from tests.pricing.market import NOW, sale, ware

SHARES = [8_011, 8_122, 8_233, 8_344, 8_455]


def a_day(shares=SHARES, **fields):
    return [sale(share, days_ago=2, **fields) for share in shares]


def shown(sales, **more):
    return daily(sales, "CNY", until_ms=NOW, **more)


def test_the_median_is_rounded_so_that_it_is_nobodys_price():
    (day,) = shown(a_day())
    assert (day.day, day.sales, day.median_bp) == (china_day(NOW) - 2, 5, 8_250)
    assert day.median_bp not in SHARES


def test_thin_days_are_left_out():
    assert shown(a_day(SHARES[:4])) == []


def test_days_of_few_sellers_or_buyers_are_left_out():
    assert shown(a_day(seller="one")) == []
    assert shown(a_day(buyer="one")) == []


def test_and_would_be_shown_without_the_limit():
    assert len(shown(a_day(seller="one"), least=1)) == 1


def test_sales_between_linked_accounts_are_left_out():
    assert shown(a_day(linked=True)) == []


def test_a_day_is_shown_once_it_is_over():
    """Looking twice within a day would show what was sold in between."""
    made = [sale(share, at_ms=NOW) for share in SHARES]
    day_end = (china_day(NOW) + 1) * 86_400_000 - 8 * 3_600_000
    assert daily(made, "CNY", until_ms=day_end - 1) == []
    assert len(daily(made, "CNY", until_ms=day_end)) == 1


def test_sizes_apart_and_together_in_order():
    small = [sale(share, days_ago=3, of=ware(10_000)) for share in SHARES]
    made = [*a_day(), *small]
    assert [day.day for day in shown(made)] == [china_day(NOW) - 3, china_day(NOW) - 2]
    assert len(daily(made, "CNY", 0, until_ms=NOW)) == 1
    assert daily(made, "CNY", 2, until_ms=NOW) == []
    assert daily(made, "USD", until_ms=NOW) == []
