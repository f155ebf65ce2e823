"""How a chart's numbers are written: in full in its table, short at its axis. All numbers are integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import MINUS, exponent, format_money

_TEN_THOUSAND: Final = 10_000
_THOUSAND: Final = 1_000
_HUNDRED_MILLION: Final = 100_000_000
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Unit:
    """What the numbers of a chart are.

    full   a number in full, for tables and descriptions
    short  a number as short as it can be said exactly, for axes
    """

    full: Callable[[int], Text]
    short: Callable[[int], Text]


def money_unit(currency: str) -> Unit:
    """Amounts in minor units of a currency."""

    def full(amount_minor: int) -> Text:
        written = format_money(amount_minor, currency)
        return Text(written, written)

    def short(amount_minor: int) -> Text:
        whole, rest = divmod(abs(amount_minor), 10 ** exponent(currency))
        if rest:
            return full(amount_minor)
        # The sign before the number, taken from the currency's way of writing nothing at all.
        sign = MINUS * (amount_minor < 0) + format_money(0, currency).rstrip("0.")
        number = short_number(whole)
        return Text(sign + number.zh, sign + number.en)

    return Unit(full, short)


def count_unit(zh: str = "", en: str = "") -> Unit:
    """Plain numbers, with the name of what is counted."""

    def full(count: int) -> Text:
        number = f"{MINUS * (count < 0)}{abs(count):,}"
        return Text(f"{number} {zh}".rstrip(), f"{number} {en}".rstrip())

    def short(count: int) -> Text:
        number = short_number(abs(count))
        sign = MINUS * (count < 0)
        return Text(sign + number.zh, sign + number.en)

    return Unit(full, short)


def percent(share_bp: int) -> str:
    """A share in basis points: 4,250 → 42.5%; never rounded."""
    sign = MINUS if share_bp < 0 else ""
    whole, part = divmod(abs(share_bp), 100)
    decimals = f"{part:02}".rstrip("0")
    return f"{sign}{whole:,}{'.' * bool(decimals)}{decimals}%"


def _percent_text(share_bp: int) -> Text:
    return Text(percent(share_bp), percent(share_bp))


COUNT: Final = count_unit()
SHARE: Final = Unit(_percent_text, _percent_text)
"""Shares in basis points."""


def short_number(number: int) -> Text:
    """A number that is not negative, short where that loses nothing: 120,000 → 12万 · 120k."""
    return Text(
        _short(number, (_HUNDRED_MILLION, "亿"), (_TEN_THOUSAND, "万")),
        _short(number, (_MILLION, "m"), (_THOUSAND, "k")),
    )


def _short(number: int, *steps: tuple[int, str]) -> str:
    for step, name in steps:
        whole, rest = divmod(number * 10, step)
        if number >= step and not rest:
            tenth = f".{whole % 10}" if whole % 10 else ""
            return f"{whole // 10:,}{tenth}{name}"
    return f"{number:,}"
