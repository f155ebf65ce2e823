"""Money: integers in the currency's minor unit (fen, cents), with the ISO 4217 code beside them. Never a float."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardtrail.wire.record import Record
from cardtrail.wire.scalars import MAX_INTEGER

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3)]
"""An ISO 4217 alphabetic code."""

Minor = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
"""An amount in minor units that may be nothing."""

PositiveMinor = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
"""An amount in minor units, at least one."""

_OTHER_THAN_TWO = (
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
)
_EXPONENTS = {code: digits for digits, codes in _OTHER_THAN_TWO for code in codes.split(" ")}
_SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
_BLANKS = " \t\r\n\u00a0\u3000"


MINUS = "\N{MINUS SIGN}"
"""The sign of a negative amount where people read it: a hyphen would be too short, and may end a line."""


def exponent(currency: str) -> int:
    """How many decimal digits the minor unit has (ISO 4217): 2 for most currencies."""
    return _EXPONENTS.get(currency, 2)


def format_money(amount_minor: int, currency: str) -> str:
    """An amount for people: `¥1,000.00`, or with the code where there is no sign that everybody knows:
    `CHF 1,000.00`. `¥` is the sign of CNY and of JPY, so where both occur the code has to be shown beside it."""
    digits = exponent(currency)
    sign = MINUS if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 10**digits)
    number = f"{whole:,}" + (f".{part:0{digits}d}" if digits else "")
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{currency} {number}"


def parse_money(text: str, currency: str) -> int:
    """Minor units from what a person typed: `1000`, `1,000.5`, `¥99.90`, `￥ 99.90`. Raises `ValueError` with
    what to do instead.
    """
    digits = exponent(currency)
    symbol = _SYMBOLS.get(currency, "")
    cleaned = text.strip(_BLANKS)
    if symbol == "¥":
        cleaned = cleaned.replace("￥", symbol, 1)  # The wide form, U+FFE5, which Chinese keyboards give.
    cleaned = cleaned.removeprefix(symbol).lstrip(_BLANKS).replace(",", "")
    whole, dot, part = cleaned.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 16) or (
        dot and not (part.isascii() and part.isdigit())
    ):
        raise ValueError(f"{text!r} is not an amount of money; write it like 1000 or 99.90")
    if len(part) > digits:
        raise ValueError(f"{text!r} has more than {digits} decimals, which {currency} does not have")
    amount = int(whole + part.ljust(digits, "0"))
    if amount > MAX_INTEGER:
        raise ValueError(f"{text!r} is larger than any amount the ledger keeps")
    return amount


class Totals(Record):
    """The sums of one currency, in minor units.

    `issued = outstanding + redeemed + voided` always holds. `inactive`, `held` and `frozen` are parts of
    `outstanding` (a card can be held and frozen at once); what a brand owes its holders is `outstanding -
    inactive`."""

    currency: Currency
    issued: Minor
    outstanding: Minor
    redeemed: Minor
    voided: Minor
    inactive: Minor
    held: Minor
    frozen: Minor


def no_totals(currency: str) -> Totals:
    """The totals of a currency in which nothing has happened yet."""
    return Totals(currency, 0, 0, 0, 0, 0, 0, 0)
