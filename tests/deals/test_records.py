"""What people have earned, and what it lets them do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.deals import parameters as p
from cardtrail.deals.limits import Limits, check_listing, check_order, limits
from cardtrail.deals.records import Deal, Standing, standing
from cardtrail.deals.regions import Side

T0 = 1_700_000_000_000
RIPE = T0 + p.MATURE_MS


def deal(number: int = 0, value: int = 100_00, counterpart: str | None = None, **more) -> Deal:
    fields = {"ended": "completed", **more}
    return Deal(f"o{number}", Side.SELLER, counterpart or f"person-{number}", value, ended_ms=T0, **fields)


def test_a_deal_counts_by_its_value_once_it_is_ripe():
    assert standing([deal()], RIPE - 1).clean_minor == 0
    assert standing([deal()], RIPE).clean_minor == 100_00
    assert standing([deal()], RIPE - 1).completed_minor == 100_00


def test_the_same_order_told_twice_counts_once():
    assert standing([deal(), deal()], RIPE).clean_minor == 100_00


@pytest.mark.parametrize(
    "worthless",
    [{"linked": True}, {"lost": True, "disputed": True}, {"ended": "cancelled"}, {"ended": "refunded"}],
)
def test_what_adds_nothing(worthless):
    assert standing([deal(**worthless)], RIPE).clean_minor == 0


def test_a_ring_of_linked_accounts_earns_nothing():
    """Attack row 16."""
    ring = [deal(number, 1_000_00, linked=True) for number in range(100)]
    there = standing(ring, RIPE)
    assert (there.clean_minor, there.completed_minor, there.completed) == (0, 0, 0)
    assert limits(there) == limits(Standing())


def test_a_friend_who_is_not_known_to_be_linked_vouches_for_a_bounded_value():
    pair = [deal(number, 900_00, "the friend") for number in range(50)]
    assert standing(pair, RIPE).clean_minor == p.MOST_BY_ONE_COUNTERPART_MINOR


def test_a_new_identity_after_a_penalty():
    """Attack row 17: the account is new, its device and payer are not."""
    penalised = standing([deal(value=200_00, disputed=True, lost=True, ended="refunded")], RIPE)
    assert limits(Standing(), [penalised]).order_minor == p.LEAST_MINOR
    assert limits(Standing()).order_minor == p.BASE_MINOR
    rich = Standing(clean_minor=10_000_00)
    assert limits(Standing(), [rich]) == limits(Standing())  # What others have earned is not lent.


def test_twenty_tiny_deals_and_one_large_theft():
    """Attack row 18: the limit has hardly moved."""
    tiny = standing([deal(number, 5_00) for number in range(20)], RIPE)
    assert tiny.completed == 20
    allowed = limits(tiny)
    assert allowed.order_minor == p.BASE_MINOR + 50_00
    assert check_order(allowed, 2_000_00, 0).code.code == "price_over_limit"
    one_large = standing([deal(value=1_000_00)], RIPE)
    assert limits(one_large).order_minor > allowed.order_minor


HISTORIES = st.lists(
    st.builds(
        deal,
        st.integers(0, 30),
        st.integers(1, 5_000_00),
        st.none(),
        linked=st.booleans(),
        lost=st.booleans(),
    ),
    max_size=40,
)


@given(HISTORIES)
def test_what_may_be_under_way_is_never_more_than_was_turned_over(deals):
    there = standing(deals, RIPE)
    allowed = limits(there)
    assert allowed.open_minor <= 2 * p.BASE_MINOR + there.completed_minor
    assert p.LEAST_MINOR <= allowed.order_minor <= p.MOST_MINOR
    assert p.BASE_LISTINGS <= allowed.listings <= p.MOST_LISTINGS


@given(HISTORIES, st.integers(1, 40))
def test_the_limit_follows_value_and_not_count(deals, parts):
    """The same value in more and smaller deals earns no more."""
    there = standing(deals, RIPE)
    assert limits(there) == limits(
        Standing(there.clean_minor, 0, there.completed * parts, 0, 0, there.lost_minor)
    )


def test_the_limits_to_the_fen():
    limit = Limits(order_minor=500_00, open_minor=1_000_00, listings=5)
    assert check_order(limit, 500_00, 500_00) is None
    assert check_order(limit, 500_01, 0).code.code == "price_over_limit"
    assert check_order(limit, 500_00, 500_01).code.code == "open_value_over_limit"
    assert check_listing(limit, 4) is None
    assert check_listing(limit, 5).code.code == "too_many_listings"


def test_a_dispute_that_was_won_takes_nothing():
    won = standing([deal(disputed=True)], RIPE)
    assert (won.disputed, won.lost, won.clean_minor) == (1, 0, 100_00)
