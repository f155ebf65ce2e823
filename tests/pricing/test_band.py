"""Price bands: which sales count, what happens when there are few, floor and ceiling, and who cannot move them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cardtrail.pricing import band as module
from cardtrail.pricing.band import METHOD, Basis, band
from cardtrail.pricing.seasons import PEAKS
from cardtrail.pricing.value import DAY_MS
from tests.pricing.market import NOW, sale, ware

EIGHT = [8_000, 8_100, 8_200, 8_300, 8_400, 8_500, 8_600, 8_700]


def sales(shares=EIGHT, **fields):
    return [sale(share, **fields) for share in shares]


def test_like_sales_of_the_last_thirty_days():
    found = band(ware(), sales(days_ago=30), now_ms=NOW)
    assert (found.basis, found.sales, found.days, found.step) == (Basis.SALES, 8, 30, 0)
    assert (found.low_minor, found.middle_minor, found.high_minor) == (40_500, 41_500, 42_500)
    assert found.reason.zh == "近 30 天 8 笔同类成交，中间价为余额的 83%。"
    assert (
        found.reason.en == "8 sales of like cards in the last 30 days, the middle one at 83% of the balance."
    )


def test_the_window_is_exact_at_its_edge():
    """A sale as old as the window counts; a millisecond older and there is one too few."""
    at_the_edge = [*sales(EIGHT[:7]), sale(8_700, at_ms=NOW - 30 * DAY_MS, of=ware(at_ms=NOW - 30 * DAY_MS))]
    beyond = [*at_the_edge[:7], replace(at_the_edge[7], at_ms=at_the_edge[7].at_ms - 1)]
    assert band(ware(), at_the_edge, now_ms=NOW).days == 30
    assert band(ware(), beyond, now_ms=NOW).days == 90


def test_what_has_not_happened_yet_does_not_count():
    assert band(ware(), sales(days_ago=-1), now_ms=NOW).basis is Basis.BASELINE


@pytest.mark.parametrize(
    ("others", "step"),
    [
        ({"age_days": 2}, 1),
        ({"left_days": 100}, 3),
        ({"left_days": None}, 0),
        ({"balance_minor": 70_000}, 0),
    ],
)
def test_less_like_cards_count_later(others, step):
    of = ware(**others)
    found = band(ware(), [sale(share, of=of) for share in EIGHT], now_ms=NOW)
    assert (found.basis, found.step) == (Basis.SALES, step)


@pytest.mark.parametrize("other", [ware(70_001), ware(20_000), replace(ware(), currency="USD")])
def test_other_sizes_and_currencies_never_count(other):
    assert band(ware(), [sale(share, of=other) for share in EIGHT], now_ms=NOW).basis is Basis.BASELINE


def test_looking_further_back():
    assert band(ware(), sales(days_ago=60), now_ms=NOW).days == 90
    assert band(ware(), sales(days_ago=170), now_ms=NOW).days == 180
    assert band(ware(), sales(days_ago=181), now_ms=NOW).basis is Basis.BASELINE


@pytest.mark.parametrize(
    ("balance", "low", "high"),
    [(10_000, 8_500, 9_000), (50_000, 40_000, 42_500), (100_000, 75_000, 80_000)],
)
def test_the_baseline_is_what_was_reported(balance, low, high):
    found = band(ware(balance), [], now_ms=NOW)
    assert (found.basis, found.low_minor, found.high_minor) == (Basis.BASELINE, low, high)
    assert "2023 年市场文章" in found.reason.zh
    assert "market article 2023" in found.reason.en


def test_small_cards_in_a_holiday_stop_at_the_cap():
    peak = PEAKS[0].until_ms - 1
    found = band(ware(10_000, at_ms=peak), [], now_ms=peak)
    assert (found.low_minor, found.high_minor, found.ceiling_minor) == (10_000, 10_000, 10_000)
    assert "上限为余额的 100%" in found.reason.zh
    free = band(ware(10_000, at_ms=peak), [], now_ms=peak, cap_bp=11_000)
    assert (free.low_minor, free.high_minor) == (10_500, 10_800)
    after = band(ware(10_000, at_ms=peak + 1), [], now_ms=peak + 1)
    assert (after.low_minor, after.high_minor) == (8_500, 9_000)


def test_buyback_is_the_floor():
    found = band(ware(), [], now_ms=NOW, buyback_minor=41_000)
    assert (found.low_minor, found.floor_minor) == (41_000, 41_000)
    assert "下限为品牌回购价 ¥410.00" in found.reason.zh
    assert "回购" not in band(ware(), [], now_ms=NOW, buyback_minor=39_999).reason.zh


def test_a_floor_above_the_ceiling_is_the_ceiling():
    found = band(ware(), [], now_ms=NOW, buyback_minor=49_000, cap_bp=9_000)
    assert found.low_minor == found.high_minor == found.floor_minor == found.ceiling_minor == 45_000


def test_a_currency_nobody_reported_about():
    found = band(replace(ware(), currency="EUR"), [], now_ms=NOW)
    assert (found.basis, found.low_minor, found.high_minor) == (Basis.BOUNDS, 0, 50_000)


@given(
    st.randoms(use_true_random=False), st.lists(st.integers(1, 15_000), max_size=40), st.integers(1, 200_000)
)
@settings(max_examples=60)
def test_any_order_gives_the_same_ordered_band_within_its_bounds(rnd: random.Random, shares, balance):
    made = [sale(share, days_ago=place % 40, of=ware(balance)) for place, share in enumerate(shares)]
    found = band(ware(balance), made, now_ms=NOW, buyback_minor=balance // 3)
    rnd.shuffle(made)
    assert band(ware(balance), made, now_ms=NOW, buyback_minor=balance // 3) == found
    assert (found.floor_minor or 0) <= found.low_minor <= found.middle_minor <= found.high_minor
    assert found.high_minor <= found.ceiling_minor == balance


class TestSelfTrading:
    """Attack 16: a few people trade cards among themselves to move the price that others are shown."""

    HONEST = tuple(8_000 + 50 * place for place in range(10))

    def test_linked_sales_do_not_count(self):
        assert self.high([sale(100, linked=True) for _ in range(30)]) == self.high([])

    def test_and_would_if_they_were_not_left_out(self):
        assert self.low([sale(100) for _ in range(30)]) < self.low([])

    def test_one_seller_has_two_voices(self):
        assert self.low([sale(100, seller="much") for _ in range(30)]) >= 40_000

    def test_and_would_have_more_without_the_limit(self, monkeypatch):
        monkeypatch.setattr(module, "one_voice", lambda given, most: given)
        assert self.low([sale(100, seller="much") for _ in range(30)]) == 500

    def test_a_sale_at_an_odd_price_moves_nothing(self):
        """A tenth of all at each end is cut off before anything is reckoned."""
        edges = replace(METHOD, low_bp=0)
        made = [*(sale(share) for share in self.HONEST), sale(1)]
        assert band(ware(), made, now_ms=NOW, method=edges).low_minor == 40_000
        untrimmed = replace(edges, trim_bp=0)
        assert band(ware(), made, now_ms=NOW, method=untrimmed).low_minor < 100

    def low(self, more):
        return band(ware(), [*(sale(share) for share in self.HONEST), *more], now_ms=NOW).low_minor

    def high(self, more):
        return band(ware(), [*(sale(share) for share in self.HONEST), *more], now_ms=NOW).high_minor
