"""Sliding windows: exact at their edges, whatever comes late, and compared with counting everything anew."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cardtrail.risk.value import HOUR_MS
from cardtrail.risk.windows import CARDS_MS, DistinctWindow, window_began_ms

T0 = 1_790_000_000_000


def counted(*events, length_ms=CARDS_MS):
    window = DistinctWindow(length_ms)
    for at_ms, key in events:
        window.add(at_ms, key)
    return window.distinct


class TestEdges:
    """Attack 11."""

    def test_a_fourth_card_exactly_at_72_hours_counts_with_the_first(self):
        three = [(T0, "a"), (T0 + HOUR_MS, "b"), (T0 + 2 * HOUR_MS, "c")]
        assert counted(*three, (T0 + 72 * HOUR_MS, "d")) == 4

    def test_a_millisecond_later_the_first_is_out(self):
        three = [(T0, "a"), (T0 + HOUR_MS, "b"), (T0 + 2 * HOUR_MS, "c")]
        assert counted(*three, (T0 + 72 * HOUR_MS + 1, "d")) == 3

    def test_a_window_open_at_its_edge_would_lose_the_first(self):
        three = [(T0, "a"), (T0 + HOUR_MS, "b"), (T0 + 2 * HOUR_MS, "c")]
        assert counted(*three, (T0 + 72 * HOUR_MS, "d"), length_ms=CARDS_MS - 1) == 3

    def test_the_same_card_four_times_is_one_card(self):
        assert counted(*[(T0 + hour, "a") for hour in range(4)]) == 1

    def test_a_card_that_moved_again_stays_as_long_as_its_last_move(self):
        assert counted((T0, "a"), (T0 + HOUR_MS, "a"), (T0 + 73 * HOUR_MS, "b")) == 2
        assert counted((T0, "a"), (T0 + HOUR_MS, "a"), (T0 + 73 * HOUR_MS + 1, "b")) == 1

    def test_what_a_database_counts_from(self):
        assert window_began_ms(T0 + CARDS_MS) == T0


def test_late_events_count_if_they_still_lie_within():
    assert counted((T0, "a"), (T0 - 5, "b"), (T0 - CARDS_MS, "c"), (T0 - CARDS_MS - 1, "d")) == 3


def test_time_alone_empties_it():
    window = DistinctWindow(10)
    window.add(T0, "a")
    window.advance(T0 + 10)
    assert window.distinct == 1
    window.advance(T0 + 11)
    assert window.distinct == 0
    window.advance(T0)
    assert window.distinct == 0


class Naive:
    """Keeps everything and counts from the beginning."""

    def __init__(self, length_ms):
        self.length_ms, self.events, self.now_ms = length_ms, [], 0

    def add(self, at_ms, key):
        self.events.append((at_ms, key))
        self.advance(at_ms)

    def advance(self, now_ms):
        self.now_ms = max(self.now_ms, now_ms)

    @property
    def distinct(self):
        return len({key for at_ms, key in self.events if at_ms >= self.now_ms - self.length_ms})


moves = st.lists(
    st.tuples(st.sampled_from(["add", "advance"]), st.integers(0, 60), st.sampled_from("abcde")), max_size=30
)


@given(st.integers(0, 25), moves)
@settings(max_examples=150)
def test_it_counts_as_counting_anew_does(length_ms, given_moves):
    window, naive = DistinctWindow(length_ms), Naive(length_ms)
    for what, at_ms, key in given_moves:
        for one in (window, naive):
            one.add(at_ms, key) if what == "add" else one.advance(at_ms)
        assert window.distinct == naive.distinct


def test_each_event_is_taken_in_and_out_once():
    """O(1) amortised: the work done is counted, not timed."""

    class Counting(dict):
        writes = 0

        def __setitem__(self, key, value):
            Counting.writes += 1
            super().__setitem__(key, value)

    window = DistinctWindow(1_000)
    window._counts = Counting()
    for number in range(10_000):
        window.add(number, str(number % 700))
    assert Counting.writes <= 2 * 10_000
