"""Civil dates in China without a clock and without a library of time zones.

China has kept UTC+8 all year, in the whole country, since summer time ended in 1991; this room looks at no earlier
moment. Days are counted from 1970-01-01, in the Gregorian calendar continued in both directions.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import NamedTuple

DAY_MS = 24 * 3600 * 1000
_ZONE_MS = 8 * 3600 * 1000
_MONTHS_PER_QUARTER = 3
_QUARTERS = 4
_SATURDAY = 5


class Date(NamedTuple):
    """A day of the civil calendar. Dates compare in the order of time."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


def day_number(date: Date) -> int:
    """Days from 1970-01-01. Raises `ValueError` if there is no such day."""
    if not (1 <= date.month <= 12 and 1 <= date.day <= days_in_month(date.year, date.month)):
        raise ValueError(f"{date} is not a day of the calendar")
    # Years are made to begin in March, so that the leap day comes last and months follow one formula.
    year = date.year - (date.month <= 2)
    months = (date.month + 9) % 12
    days = 365 * year + year // 4 - year // 100 + year // 400
    return days + (153 * months + 2) // 5 + date.day - 1 - 719_468


def date_of_day(number: int) -> Date:
    """The inverse of `day_number`."""
    days = number + 719_468
    era, within = divmod(days, 146_097)
    year = (within - within // 1_460 + within // 36_524 - within // 146_096) // 365
    rest = within - (365 * year + year // 4 - year // 100)
    months = (5 * rest + 2) // 153
    day = rest - (153 * months + 2) // 5 + 1
    month = months + 3 if months < 10 else months - 9
    return Date(era * 400 + year + (month <= 2), month, day)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def shanghai_date(time_ms: int) -> Date:
    """The day in China at a moment (milliseconds since 1970-01-01T00:00:00Z)."""
    return date_of_day((time_ms + _ZONE_MS) // DAY_MS)


def day_start_ms(date: Date) -> int:
    """The moment at which a day begins in China."""
    return day_number(date) * DAY_MS - _ZONE_MS


def later_by_days(date: Date, days: int) -> Date:
    """The date so many days later."""
    return date_of_day(day_number(date) + days)


def later_by_years_ms(time_ms: int, years: int) -> int:
    """The same day and time of day in China so many years later; from a leap day, 1 March where there is none, so that
    the span is never shorter than the years."""
    date = shanghai_date(time_ms)
    within = time_ms - day_start_ms(date)
    year = date.year + years
    there = date.day <= days_in_month(year, date.month)
    return day_start_ms(Date(year, date.month, date.day) if there else Date(year, 3, 1)) + within


class Quarter(NamedTuple):
    """A calendar quarter: `number` is 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-Q{self.number}"

    @property
    def first(self) -> Date:
        """Its first day."""
        return Date(self.year, (self.number - 1) * _MONTHS_PER_QUARTER + 1, 1)

    @property
    def last(self) -> Date:
        """Its last day."""
        return later_by_days(self.next.first, -1)

    @property
    def next(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + 1, 1) if self.number == _QUARTERS else Quarter(self.year, self.number + 1)

    @property
    def previous(self) -> Quarter:
        """The quarter before it."""
        return Quarter(self.year - 1, _QUARTERS) if self.number == 1 else Quarter(self.year, self.number - 1)

    @property
    def start_ms(self) -> int:
        """The moment at which it begins in China."""
        return day_start_ms(self.first)

    @property
    def end_ms(self) -> int:
        """The moment at which it is over in China: the start of the next one."""
        return self.next.start_ms


def quarter_of(date: Date) -> Quarter:
    """The quarter a day lies in."""
    return Quarter(date.year, (date.month - 1) // _MONTHS_PER_QUARTER + 1)


def quarter_at(time_ms: int) -> Quarter:
    """The quarter in China at a moment."""
    return quarter_of(shanghai_date(time_ms))


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the State Council announces for each year, for no formula tells it.

    holidays       days off, weekends among them or not
    workdays_made  weekend days that are worked in exchange (调休)
    """

    holidays: Set[Date] = frozenset()
    workdays_made: Set[Date] = frozenset()

    def is_working_day(self, date: Date) -> bool:
        """Monday to Friday but for holidays, and the weekend days that are worked in exchange."""
        if date in self.holidays:
            return False
        # 1970-01-01 was a Thursday: day 0 is number 3 of a week that begins on Monday.
        return (day_number(date) + 3) % 7 < _SATURDAY or date in self.workdays_made


def after_working_days(date: Date, count: int, calendar: Calendar) -> Date:
    """The working day number `count` (1 or more) after a date; the date itself is not counted."""
    if count < 1:
        raise ValueError("count at least one working day")
    while count:
        date = later_by_days(date, 1)
        count -= calendar.is_working_day(date)
    return date
