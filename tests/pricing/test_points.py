"""The account of points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cardtrail.pricing.points import Posting, Refusal, balance, post
from cardtrail.wire.scalars import MAX_INTEGER


def line(key, points):
    return Posting(key=key, points=points, at_ms=1)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-50, 50)), max_size=30))
def test_never_below_nothing_and_each_key_once(given_lines):
    account = ()
    for key, points in given_lines:
        result = post(account, line(key, points))
        account = account if isinstance(result, Refusal) else result
        assert balance(account) >= 0
    assert len({posting.key for posting in account}) == len(account)


def test_the_same_line_again_changes_nothing():
    account = post((), line("entry/7", 100))
    assert post(account, line("entry/7", 100)) == account
    assert post(account, line("entry/7", 101)) is Refusal.OTHER_POSTING


def test_refusals():
    assert post((), line("a", 0)) is Refusal.NOTHING
    assert post((), line("a", -1)) is Refusal.BELOW_NOTHING
    full = post((), line("a", MAX_INTEGER))
    assert post(full, line("b", 1)) is Refusal.TOO_MUCH
