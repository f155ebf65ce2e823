"""Civil dates against the standard library, which the room itself does not use."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.compliance.dates import (
    DAY_MS,
    Calendar,
    Date,
    Quarter,
    after_working_days,
    date_of_day,
    day_number,
    day_start_ms,
    days_in_month,
    later_by_years_ms,
    quarter_at,
    quarter_of,
    shanghai_date,
)

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2999, 12, 31))
MOMENTS = st.integers(694_224_000_000, 32_000_000_000_000)  # from 1992


def ms(*parts: int) -> int:
    """A moment in China, in milliseconds."""
    return int(dt.datetime(*parts, tzinfo=SHANGHAI).timestamp() * 1000)


@given(DATES)
def test_days_are_numbered_as_everywhere(date):
    plain = Date(date.year, date.month, date.day)
    assert day_number(plain) == (date - dt.date(1970, 1, 1)).days
    assert date_of_day(day_number(plain)) == plain
    assert str(plain) == date.isoformat()


NO_DAYS = [Date(2026, 2, 29), Date(2026, 13, 1), Date(2026, 4, 31), Date(2026, 1, 0), Date(1900, 2, 29)]


@pytest.mark.parametrize("bad", NO_DAYS, ids=str)
def test_a_day_that_is_not_there(bad):
    with pytest.raises(ValueError, match="not a day"):
        day_number(bad)


def test_the_day_that_comes_once_in_four_hundred_years():
    assert date_of_day(day_number(Date(2000, 2, 29))) == Date(2000, 2, 29)
    assert date_of_day(day_number(Date(2000, 2, 29)) + 1) == Date(2000, 3, 1)


def test_leap_years():
    assert [days_in_month(year, 2) for year in (1900, 2000, 2023, 2024, 2100)] == [28, 29, 28, 29, 28]


@given(MOMENTS)
def test_a_moment_is_a_day_in_china(moment_ms):
    there = dt.datetime.fromtimestamp(moment_ms // 1000, ZoneInfo("Asia/Shanghai")).date()
    assert shanghai_date(moment_ms) == Date(there.year, there.month, there.day)
    start = day_start_ms(shanghai_date(moment_ms))
    assert 0 <= moment_ms - start < DAY_MS


def test_midnight_is_chinas():
    assert shanghai_date(ms(2026, 1, 1) - 1) == Date(2025, 12, 31)
    assert shanghai_date(ms(2026, 1, 1)) == Date(2026, 1, 1)


def test_years_later():
    assert later_by_years_ms(ms(2026, 5, 6, 7, 8, 9), 3) == ms(2029, 5, 6, 7, 8, 9)
    assert later_by_years_ms(ms(2024, 2, 29, 23, 59), 3) == ms(2027, 3, 1, 23, 59)
    assert later_by_years_ms(ms(2024, 2, 29, 12), 4) == ms(2028, 2, 29, 12)
    # 1 January in China, still the old year in Greenwich.
    assert later_by_years_ms(ms(2026, 1, 1, 3), 5) == ms(2031, 1, 1, 3)


def test_quarters():
    assert [str(quarter_of(Date(2026, month, 15))) for month in (1, 3, 4, 6, 7, 9, 10, 12)] == [
        "2026-Q1", "2026-Q1", "2026-Q2", "2026-Q2", "2026-Q3", "2026-Q3", "2026-Q4", "2026-Q4",
    ]  # fmt: skip
    quarter = Quarter(2026, 4)
    assert (quarter.first, quarter.last) == (Date(2026, 10, 1), Date(2026, 12, 31))
    assert (quarter.next, quarter.next.previous) == (Quarter(2027, 1), quarter)
    assert Quarter(2024, 1).last == Date(2024, 3, 31)
    assert (quarter.start_ms, quarter.end_ms) == (ms(2026, 10, 1), ms(2027, 1, 1))


def test_a_quarter_ends_at_midnight_in_china():
    assert quarter_at(ms(2026, 4, 1) - 1) == Quarter(2026, 1)
    assert quarter_at(ms(2026, 4, 1)) == Quarter(2026, 2)


@given(DATES)
def test_quarters_join(date):
    plain = Date(date.year, date.month, date.day)
    quarter = quarter_of(plain)
    assert quarter.first <= plain <= quarter.last
    assert quarter.end_ms == quarter.next.start_ms
    assert quarter.next.previous == quarter


@given(DATES)
def test_weekends_are_found(date):
    assert Calendar().is_working_day(Date(date.year, date.month, date.day)) == (date.weekday() < 5)


def test_holidays_and_weekends_worked_in_exchange():
    friday, saturday = Date(2026, 1, 2), Date(2026, 1, 3)
    calendar = Calendar(frozenset((friday,)), frozenset((saturday,)))
    assert not calendar.is_working_day(friday)
    assert calendar.is_working_day(saturday)
    assert not Calendar(frozenset((saturday,)), frozenset((saturday,))).is_working_day(saturday)


def test_working_days_are_counted_from_the_day_after():
    # 2026-03-31 is a Tuesday.
    assert after_working_days(Date(2026, 3, 31), 1, Calendar()) == Date(2026, 4, 1)
    assert after_working_days(Date(2026, 3, 31), 3, Calendar()) == Date(2026, 4, 3)
    assert after_working_days(Date(2026, 3, 31), 4, Calendar()) == Date(2026, 4, 6)
    with pytest.raises(ValueError, match="at least one"):
        after_working_days(Date(2026, 3, 31), 0, Calendar())
