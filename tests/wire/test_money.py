"""Money: what people type becomes exact minor units or a sentence, and what the ledger keeps becomes readable text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.wire.money import exponent, format_money, no_totals, parse_money
from cardtrail.wire.scalars import MAX_INTEGER

CURRENCIES = ("CNY", "JPY", "KWD", "CHF", "USD")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0", "CNY", 0),
        ("1000", "CNY", 100_000),
        ("1,000.5", "CNY", 100_050),
        ("¥99.90", "CNY", 9_990),
        (" 12.34 ", "CNY", 1_234),
        ("007", "CNY", 700),
        ("100", "JPY", 100),
        ("¥100", "JPY", 100),
        ("9007199254740991", "JPY", MAX_INTEGER),
        ("1.234", "KWD", 1_234),
        ("$1.10", "USD", 110),
        ("¥ 99", "CNY", 9_900),
        ("￥99.90", "CNY", 9_990),
        (" ￥\u00a099", "CNY", 9_900),
        ("￥100", "JPY", 100),
        ("1.2345", "CLF", 12_345),
        ("90071992547409.91", "CNY", MAX_INTEGER),
    ],
)
def test_what_people_type(text, currency, minor):
    assert parse_money(text, currency) == minor


ODD = ["\uff11\uff12", "\u0663", "1\u00a0000", "\u066b5", "\u00b2"]
"""Digits and separators of other scripts, which look right to a person."""


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "1.",
        ".5",
        "-1",
        "+1",
        "1e3",
        "1_000",
        "0x10",
        "NaN",
        "inf",
        "1.2.3",
        "¥",
        "$5",
        "￥",
        "1￥",
        "￥¥1",
        "￥￥1",
        "1 000",
        *ODD,
    ],
)
def test_what_is_no_amount(text):
    with pytest.raises(ValueError, match=r"not an amount|decimals"):
        parse_money(text, "CNY")


@pytest.mark.parametrize(("text", "currency"), [("1.005", "CNY"), ("1.0", "JPY"), ("0.0001", "KWD")])
def test_more_decimals_than_there_are(text, currency):
    """Rounding would be a decision about somebody's money."""
    with pytest.raises(ValueError, match=f"{currency} does not have"):
        parse_money(text, currency)


@pytest.mark.parametrize("text", ["90071992547409.92", "999999999999999", "9999999999999999"])
def test_more_than_exact_integers_hold(text):
    with pytest.raises(ValueError, match="larger than any amount"):
        parse_money(text, "CNY")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "CNY", "¥0.00"),
        (5, "CNY", "¥0.05"),
        (100_000, "CNY", "¥1,000.00"),
        (-123_456, "CNY", "\N{MINUS SIGN}¥1,234.56"),
        (1_000, "JPY", "¥1,000"),
        (1_234, "KWD", "KWD 1.234"),
        (100_000, "CHF", "CHF 1,000.00"),
    ],
)
def test_what_people_read(minor, currency, text):
    assert format_money(minor, currency) == text


@given(st.integers(0, MAX_INTEGER), st.sampled_from(CURRENCIES))
def test_what_is_read_can_be_typed(minor, currency):
    assert parse_money(format_money(minor, currency).removeprefix(f"{currency} "), currency) == minor


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        ("CNY", 2),
        ("JPY", 0),
        ("CLP", 0),
        ("XOF", 0),
        ("KWD", 3),
        ("OMR", 3),
        ("CLF", 4),
        ("UYW", 4),
        ("UYI", 0),
    ],
)
def test_digits_of_iso_4217(currency, digits):
    assert exponent(currency) == digits


def test_nothing_yet():
    totals = no_totals("CNY")
    assert [getattr(totals, name) for name in totals.__struct_fields__] == ["CNY", *[0] * 7]
