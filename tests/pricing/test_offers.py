"""What the brand pays: rates, rounding, limits, and how long it stands."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cardtrail.pricing.offers import NoQuote, Paid, Quote, Rate, Terms, Unit, quote
from cardtrail.pricing.value import DAY_MS
from tests.pricing.market import NOW, ware

TERMS = Terms(
    version=3,
    from_ms=0,
    currency="CNY",
    rates=(
        Rate(pays=9_000, up_to_minor=10_000, from_age_ms=7 * DAY_MS, least_left_ms=90 * DAY_MS),
        Rate(pays=8_200, from_age_ms=7 * DAY_MS, least_left_ms=90 * DAY_MS),
    ),
    least_minor=1_000,
    day_limit=1_000_000,
    person_limit=100_000,
    person_cards=3,
    valid_ms=600_000,
)
POINTS = replace(TERMS, rates=(Rate(pays=10, per=100),))
NOTHING = Paid()


def ask(card=None, paid=NOTHING, *, unit=Unit.MONEY, terms=TERMS):
    return quote(unit, terms, card or ware(), paid, NOW)


def test_a_quote_says_how_it_was_reckoned():
    found = ask(ware(50_001))
    assert isinstance(found, Quote)
    assert (found.pays, found.terms, found.until_ms) == (41_001, 3, NOW + 600_000)
    assert found.formula.zh == "余额 ¥500.01 × 82% = ¥410.01（不足一分的向上取整）"
    assert found.formula.en == "balance ¥500.01 × 82% = ¥410.01 (parts of a fen rounded up)"


def test_points():
    found = ask(ware(50_001), unit=Unit.POINTS, terms=POINTS)
    assert (found.unit, found.pays) == (Unit.POINTS, 5_001)
    assert "每 ¥1.00 得 10 积分，共 5,001 积分" in found.formula.zh


@given(st.integers(1, 10**9), st.integers(0, 10_000))
def test_rounding_never_favours_the_brand_and_by_less_than_a_fen_the_holder(balance, pays):
    paid = Rate(pays=pays).of(balance)
    assert 0 <= paid * 10_000 - balance * pays < 10_000
    assert paid <= balance


def test_the_first_rate_that_fits_counts():
    assert ask(ware(10_000)).pays == 9_000
    assert ask(ware(10_001)).pays == 8_201


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (replace(ware(), currency="USD"), "other_currency"),
        (ware(left_days=0), "expired"),
        (ware(999), "too_small"),
        (ware(age_days=6), "no_rate"),
        (ware(left_days=89), "no_rate"),
    ],
)
def test_cards_that_are_not_taken_back(card, code):
    found = ask(card)
    assert isinstance(found, NoQuote)
    assert found.code == code
    assert found.reason.zh
    assert found.reason.en


def test_age_and_validity_count_to_the_millisecond():
    assert isinstance(ask(replace(ware(), activated_ms=NOW - 7 * DAY_MS)), Quote)
    assert isinstance(ask(replace(ware(), activated_ms=NOW - 7 * DAY_MS + 1)), NoQuote)
    assert isinstance(ask(replace(ware(), expires_ms=NOW + 90 * DAY_MS)), Quote)
    assert isinstance(ask(replace(ware(), expires_ms=NOW + 90 * DAY_MS - 1)), NoQuote)


@pytest.mark.parametrize(
    ("fits", "beyond", "code"),
    [
        (Paid(today=959_000), Paid(today=959_001), "day_limit"),
        (Paid(to_person=59_000), Paid(to_person=59_001), "person_limit"),
        (Paid(cards_of_person=2), Paid(cards_of_person=3), "person_cards"),
    ],
)
def test_limits_hold_to_the_fen(fits, beyond, code):
    assert isinstance(ask(paid=fits), Quote)
    assert ask(paid=beyond).code == code


def test_what_is_left_is_said():
    assert "¥409.99" in ask(paid=Paid(to_person=59_001)).reason.en


def test_a_quote_stands_for_minutes_and_for_that_balance():
    found = ask()
    assert found.stands(NOW, 50_000)
    assert found.stands(NOW + 600_000, 50_000)
    assert not found.stands(NOW + 600_001, 50_000)
    assert not found.stands(NOW - 1, 50_000)
    assert not found.stands(NOW, 49_999)


def test_a_quote_ends_with_the_card():
    soon = replace(TERMS, rates=(Rate(pays=8_200),))
    card = replace(ware(), expires_ms=NOW + 1_000)
    assert quote(Unit.MONEY, soon, card, NOTHING, NOW).until_ms == NOW + 999


def test_terms_are_data():
    assert msgspec.json.decode(msgspec.json.encode(TERMS), type=Terms) == TERMS
    with pytest.raises(msgspec.ValidationError, match="valid_ms"):
        msgspec.json.decode(msgspec.json.encode(TERMS).replace(b"600000", b"3600001"), type=Terms)
