"""Reading what providers send: JSON without doubles, amounts without floats, times with their zone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NoReturn

from cardtrail.payments.port import MAX_AMOUNT_MINOR

BEIJING = timezone(timedelta(hours=8))
"""The zone of Alipay's times without a zone; China has no daylight saving."""

_YUAN = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def yuan(text: str) -> int:
    """Fen from an amount in yuan, as Alipay writes it: `88.88`. Raises `ValueError` for anything else."""
    match = _YUAN.fullmatch(text)
    if match is None:
        raise ValueError("not an amount in yuan")
    amount_minor = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if amount_minor > MAX_AMOUNT_MINOR:
        raise ValueError("too large an amount")
    return amount_minor


def as_yuan(amount_minor: int) -> str:
    """The amount in yuan, with two digits."""
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"


def beijing_ms(text: str) -> int:
    """Milliseconds since 1970 of `2026-11-22 18:00:00` in Beijing. Raises `ValueError`."""
    return to_ms(datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING))


def as_beijing(time_ms: int) -> str:
    """The time in Beijing, to the second, rounded down."""
    return (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def zoned_ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time. Raises `ValueError`, also where the zone is missing."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return to_ms(moment)


def as_zoned(time_ms: int) -> str:
    """The time in RFC 3339, in Beijing, to the second, rounded down."""
    moment = (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(BEIJING)
    return moment.replace(microsecond=0).isoformat()


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, without a float on the way."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def strict_json(raw: bytes | str) -> dict[str, Any]:
    """A JSON object. Raises `ValueError` for a key given twice, NaN, a number beyond all measure, or something else."""
    value = json.loads(
        raw, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_decimal, parse_int=_integer
    )
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def integer(value: object) -> int:
    """The value, if it is an integer from 0 and not True or 1.0. Raises `ValueError`."""
    if type(value) is not int or not 0 <= value <= MAX_AMOUNT_MINOR:
        raise ValueError("not an integer of minor units")
    return value


def text(value: object) -> str:
    """The value, if it is text. Raises `ValueError`."""
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a number")


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("a number beyond all measure")
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > 40:
        raise ValueError("a number beyond all measure")
    return Decimal(digits)
