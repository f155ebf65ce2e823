"""Quantiles are exact, and always one of the numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.pricing.quantiles import quantile, trimmed

numbers = st.lists(st.integers(0, 20_000), min_size=1, max_size=60).map(sorted)


@given(numbers, st.integers(0, 10_000))
def test_it_is_the_least_number_that_a_share_is_not_above(ordered, share_bp):
    found = quantile(ordered, share_bp)
    up_to = Fraction(sum(number <= found for number in ordered), len(ordered))
    below = Fraction(sum(number < found for number in ordered), len(ordered))
    assert found in ordered
    assert below <= Fraction(share_bp, 10_000) <= up_to


def test_at_the_edges():
    ordered = [10, 20, 30, 40]
    assert [quantile(ordered, share) for share in (0, 2_500, 2_501, 5_000, 5_001, 10_000)] == [
        10,
        10,
        20,
        20,
        30,
        40,
    ]
    assert quantile([7], 0) == quantile([7], 10_000) == 7


@pytest.mark.parametrize(("ordered", "share"), [([], 5_000), ([1], -1), ([1], 10_001)])
def test_there_is_none_of_nothing(ordered, share):
    with pytest.raises(ValueError, match="at least one number"):
        quantile(ordered, share)


def test_trimming_takes_as_many_from_both_ends():
    assert trimmed(list(range(9)), 1_000) == list(range(9))
    assert trimmed(list(range(10)), 1_000) == list(range(1, 9))
    assert trimmed(list(range(29)), 1_000) == list(range(2, 27))
