"""Sales that only look like trade."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cardtrail.risk.rings import WITHIN_MS, Traded, _pairs, hollow


def trades(*rows):
    return [
        Traded(id=f"{place}", card=card, seller=seller, buyer=buyer, at_ms=at_ms)
        for place, (card, seller, buyer, at_ms) in enumerate(rows)
    ]


def test_a_card_that_comes_back():
    ring = trades(("c", "a", "b", 1), ("c", "b", "d", 2), ("c", "d", "a", 3), ("c", "a", "x", 4))
    assert hollow(ring) == {"0", "1", "2"}


def test_the_way_before_the_ring_is_honest():
    assert hollow(trades(("c", "z", "a", 0), ("c", "a", "b", 1), ("c", "b", "a", 2))) == {"1", "2"}


def test_two_who_sell_to_each_other_other_cards():
    assert hollow(trades(("c", "a", "b", 1), ("d", "b", "a", 2), ("e", "a", "x", 3))) == {"0", "1"}


def test_a_card_that_passes_through_many_hands_and_a_busy_seller_are_trade():
    way = [("c", f"p{step}", f"p{step + 1}", step) for step in range(20)]
    busy = [(f"k{number}", "seller", f"q{number}", number) for number in range(20)]
    assert hollow(trades(*way, *busy)) == frozenset()


def test_what_lies_far_apart_is_no_ring():
    def back(gap):
        return hollow(
            trades(("c", "a", "b", 0), ("c", "b", "a", gap), ("d", "x", "y", 0), ("e", "y", "x", gap))
        )

    assert back(WITHIN_MS) == {"0", "1", "2", "3"}
    assert back(WITHIN_MS + 1) == frozenset()


def test_order_of_telling_makes_no_difference():
    ring = trades(("c", "a", "b", 1), ("c", "b", "d", 2), ("c", "d", "a", 3))
    assert hollow(reversed(ring)) == hollow(ring)


@given(
    st.lists(
        st.tuples(st.sampled_from("cde"), st.sampled_from("abx"), st.sampled_from("abx"), st.integers(0, 9))
    ),
)
def test_pairs_are_those_that_looking_at_every_two_sales_finds(rows):
    within = 3
    sales = trades(*(row for row in rows if row[1] != row[2]))
    both_ways = {
        one.id
        for one in sales
        for other in sales
        if (one.seller, one.buyer) == (other.buyer, other.seller) and abs(one.at_ms - other.at_ms) <= within
    }
    assert _pairs(sorted(sales, key=lambda sale: (sale.at_ms, sale.id)), within) == both_ways
