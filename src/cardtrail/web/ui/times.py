"""Moments, days and lengths of time for people, in both languages."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from cardtrail.web.ui.texts import Text

HOME_ZONE: Final = "Asia/Shanghai"
"""Where nobody has chosen a zone and the browser has not told its own."""

BEIJING_TIME: Final = Text("北京时间", "Beijing time")
MINUS: Final = "\N{MINUS SIGN}"

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@functools.lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; none for a name that is not one."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, OSError, ValueError):  # Unknown, a directory of the zone data, or not a name at all.
        return None


def chosen_zone(request: HttpRequest | None) -> ZoneInfo | None:
    """The zone that the signed-in person chose, if any."""
    person = getattr(request, "user", None)
    return zone_named(getattr(person, "time_zone", "") or "")


def zone_for(request: HttpRequest | None) -> ZoneInfo:
    """The zone in which the server writes times for this request."""
    zone = chosen_zone(request) or zone_named(HOME_ZONE)
    return zone if zone is not None else ZoneInfo("UTC")


def at(time_ms: int, zone: ZoneInfo) -> datetime:
    """A moment in a zone. Exact: no float in between."""
    return (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(zone)


def iso(time_ms: int) -> str:
    """A moment as HTML's `datetime` wants it, in UTC to the second."""
    return at(time_ms // SECOND_MS * SECOND_MS, ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute(time_ms: int, zone: ZoneInfo) -> Text:
    """A moment to the minute, where the page says in which zone: 2026年11月22日 14:48 · 22 Nov 2026, 14:48."""
    then = at(time_ms, zone)
    clock = f"{then.hour:02}:{then.minute:02}"
    return Text(f"{_day_zh(then)} {clock}", f"{_day_en(then)}, {clock}")


def moment(time_ms: int, zone: ZoneInfo) -> Text:
    """The same with its zone beside it, for what somebody has to keep to, agrees to or reads elsewhere:
    22 Nov 2026, 14:48 (Beijing time)."""
    return Text("{moment}（{zone}）", "{moment} ({zone})").format(
        moment=minute(time_ms, zone), zone=zone_words(time_ms, zone)
    )


def zone_words(time_ms: int, zone: ZoneInfo) -> Text:
    """A zone in a word, as it is at a moment: Beijing time, else its distance from UTC (it changes with the season)."""
    if zone.key == HOME_ZONE:
        return BEIJING_TIME
    minutes = (at(time_ms, zone).utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    distance = f"{'+' if minutes > 0 else MINUS}{hours}" + (f":{rest:02}" if rest else "") if minutes else ""
    return Text(f"UTC{distance}", f"UTC{distance}")


def day_of(time_ms: int, zone: ZoneInfo) -> Text:
    """A day: 2026年11月22日 · 22 Nov 2026."""
    then = at(time_ms, zone)
    return Text(_day_zh(then), _day_en(then))


def length(duration_ms: int) -> Text:
    """A length of time in its two largest units: 2 天 3 小时 · 2 days 3 hours."""
    if duration_ms < SECOND_MS:
        return Text("不到 1 秒", "less than a second")
    parts: list[Text] = []
    rest = duration_ms
    for unit_ms, zh, en in _UNITS:
        count, remainder = divmod(rest, unit_ms)
        if count:
            parts.append(Text(f"{count:,} {zh}", f"{count:,} {en}{'s' * (count != 1)}"))
            rest = remainder
        elif parts:
            break
        if len(parts) == 2:
            break
    return Text(" ".join(part.zh for part in parts), " ".join(part.en for part in parts))


_UNITS: Final = (
    (DAY_MS, "天", "day"),
    (HOUR_MS, "小时", "hour"),
    (MINUTE_MS, "分钟", "minute"),
    (SECOND_MS, "秒", "second"),
)


def _day_zh(then: datetime) -> str:
    return f"{then.year}年{then.month}月{then.day}日"


def _day_en(then: datetime) -> str:
    return f"{then.day} {_MONTHS[then.month - 1]} {then.year}"
