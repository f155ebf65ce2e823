"""Festivals, checked against the calendar by their dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from cardtrail.pricing.seasons import PEAKS, is_peak

CHINA = timezone(timedelta(hours=8))


def at(*parts):
    return round(datetime(*parts, tzinfo=CHINA).astimezone(UTC).timestamp() * 1000)


def test_the_peak_ends_with_the_festival():
    assert is_peak(at(2026, 2, 17, 23, 59, 59))
    assert not is_peak(at(2026, 2, 18))
    assert is_peak(at(2026, 1, 27))
    assert not is_peak(at(2026, 1, 26, 23, 59, 59))


def test_festivals_are_where_they_can_be():
    """The first day of the year lies between 21 January and 20 February, mid-autumn between 7 September and 8
    October."""
    for peak in PEAKS:
        day = datetime.fromtimestamp(peak.until_ms / 1000, CHINA) - timedelta(days=1)
        early, late = ((1, 21), (2, 20)) if peak.name == "spring_festival" else ((9, 7), (10, 8))
        assert early <= (day.month, day.day) <= late
    assert sorted(PEAKS, key=lambda peak: peak.from_ms) == list(PEAKS)
