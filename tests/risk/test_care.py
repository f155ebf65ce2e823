"""How carefully an allowed deal is treated."""

from __future__ import annotations

import pytest

from cardtrail.risk.care import Care, care
from cardtrail.risk.failure import on_failure
from cardtrail.risk.port import Act
from tests.risk.questions import verdict


def known(clean, **changed):
    return verdict(Act.BUY, value_minor=10_000, open_value_minor=10_000, clean_value_minor=clean, **changed)


@pytest.mark.parametrize(
    ("clean", "expected"),
    [
        (100_000, Care.MINIMAL),
        (99_999, Care.LOW),
        (10_000, Care.LOW),
        (9_999, Care.MEDIUM),
        (0, Care.MEDIUM),
    ],
)
def test_it_follows_from_value(clean, expected):
    assert care(known(clean)) is expected


def test_whatever_was_said_about_somebody_counts():
    answered = known(10**9, penalised_kinds=1, proof_age_ms=0)
    assert answered.allowed
    assert care(answered) is Care.HIGH


def test_one_thing_shared_by_both_sides_is_not_the_least_care():
    assert care(known(10**9, counterparty_kinds=1)) is Care.LOW


def test_what_is_not_known_takes_the_most():
    assert care() is Care.HIGH
    assert care(on_failure(100, "CNY")) is Care.HIGH


def test_the_side_that_is_known_least_decides():
    assert care(known(10**9), known(0)) is care(known(0), known(10**9)) is Care.MEDIUM
