"""Charts: where the numbers come to lie."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.web.ui import rings
from cardtrail.web.ui.charts import (
    NARROWEST,
    PLOT,
    TOP,
    Mark,
    Scale,
    Series,
    line_chart,
    nice_ticks,
    sparkline,
    stacked_bars,
    word_width,
)
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import SHARE, count_unit, money_unit, short_number
from tests.web.ui.drawing import Elements, in_language

TITLE = Text("每天 <领取>", "Claims <per day>")
A, B = Text("甲", "A"), Text("乙", "B")
BOTTOM = TOP + PLOT

numbers = st.integers(min_value=-(10**15), max_value=10**15)


@given(numbers, numbers)
def test_ticks_are_round_even_and_span_the_numbers(one: int, other: int) -> None:
    low, high = min(one, other), max(one, other)
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 7
    steps = {after - before for before, after in pairwise(ticks)}
    assert len(steps) == 1
    assert str(steps.pop()).rstrip("0") in {"1", "2", "5"}
    if low <= 0 <= high:
        assert 0 in ticks


@given(st.lists(numbers, min_size=1, max_size=30))
def test_every_number_lies_within_the_plot_in_its_order(values: list[int]) -> None:
    scale = Scale.over(values)
    heights = [scale.y(value) for value in sorted(values)]
    assert all(TOP <= height <= BOTTOM for height in heights)
    assert heights == sorted(heights, reverse=True)


def test_a_line_goes_through_its_numbers() -> None:
    drawn = line_chart(TITLE, ["1", "2", "3"], [Series(A, (0, 50, 100))], area=True)
    curve = next(path["d"] for path in Elements(drawn).all("path", "curve"))
    assert curve == f"M0 {BOTTOM}L500 {TOP + PLOT // 2}L1000 {TOP}"
    ground = next(path["d"] for path in Elements(drawn).all("path", "area"))
    assert ground == f"{curve}L1000 {BOTTOM}L0 {BOTTOM}Z"


def test_numbers_below_nothing_lie_below_the_line_of_nothing() -> None:
    drawn = line_chart(TITLE, ["1", "2"], [Series(A, (-100, 100))])
    zero = int(Elements(drawn).all("line", "zero-line")[0]["y1"])
    assert TOP < zero < BOTTOM
    assert Elements(drawn).all("path", "curve")[0]["d"] == f"M0 {BOTTOM}L1000 {TOP}"


@given(st.lists(st.integers(8_000, 10_000), min_size=1, max_size=30))
def test_an_axis_begins_at_its_floor_or_below_what_is_lower(values: list[int]) -> None:
    scale = Scale.over(values, 8_000)
    assert scale.low == 8_000
    assert all(TOP <= scale.y(value) <= BOTTOM for value in values)
    assert Scale.over([*values, 100], 8_000).low <= 100


def test_a_mark_is_within_the_axis_even_above_all_numbers() -> None:
    drawn = line_chart(TITLE, ["1", "2"], [Series(A, (10, 20))], SHARE, mark=Mark(B, 100))
    assert TOP <= int(Elements(drawn).all("line", "mark-line")[0]["y1"]) < BOTTOM


def test_stacked_bars_stand_on_each_other() -> None:
    drawn = Elements(stacked_bars(TITLE, ["1", "2"], [Series(A, (30, 0)), Series(B, (70, 50))]))
    bars = [(bar["class"], int(bar["y"]), int(bar["height"])) for bar in drawn.all("rect", "bar")]
    first, second, third = bars
    assert first == ("bar tone-0", BOTTOM - 54, 54)
    assert second == ("bar tone-1", TOP, PLOT - 54)
    assert third == ("bar tone-1", BOTTOM - PLOT // 2, PLOT // 2)


def test_stacked_bars_refuse_what_they_cannot_show() -> None:
    with pytest.raises(ValueError, match="negative"):
        stacked_bars(TITLE, ["1"], [Series(A, (-1,))])


def test_a_series_that_does_not_fit_its_labels_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="2 numbers for 1 labels"):
        line_chart(TITLE, ["1"], [Series(A, (1, 2))])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_chart_is_told_in_words_and_in_a_table(language: str) -> None:
    with in_language(language):
        drawn = line_chart(TITLE, ["1", "2"], [Series(A, (100, 250_050))], money_unit("CNY"))
    page = Elements(drawn)
    picture = next(svg for svg in page.all("svg") if svg.get("role") == "img")
    named = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {picture["aria-labelledby"], picture["aria-describedby"]} <= named
    assert TITLE.in_language(language) in page.text
    assert "<领取>" not in drawn
    assert "<per day>" not in drawn
    assert len(page.all("td")) == 2
    assert page.text.count("¥2,500.50") >= 2
    assert ("从 ¥1.00 到 ¥2,500.50" if language == "zh-hans" else "from ¥1.00 to ¥2,500.50") in page.text


def test_a_chart_has_no_styles_scripts_or_floats() -> None:
    drawn = line_chart(TITLE, ["1"] * 7, [Series(A, tuple(range(7)))]) + sparkline([1, 2, 4], A)
    assert "style=" not in drawn
    assert "<script" not in drawn
    shapes = (
        Elements(drawn).all("path", "curve") + Elements(drawn).all("polyline") + Elements(drawn).all("line")
    )
    assert len(shapes) > 3
    assert not any("." in shape.get(name, "") for shape in shapes for name in ("d", "points", "y1", "y2"))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_numbers_are_drawn_or_said_to_be_missing(count: int) -> None:
    labels, values = [str(place) for place in range(count)], tuple(range(count))
    for drawn in (
        line_chart(TITLE, labels, [Series(A, values)], area=True),
        stacked_bars(TITLE, labels, [Series(A, values)]),
    ):
        assert ("还没有数据" in drawn) is (count == 0)
    assert "<svg" in sparkline(values, A)


def test_long_charts_name_a_few_places_and_stay_inside() -> None:
    labels = [f"day {day}" for day in range(90)]
    page = Elements(stacked_bars(TITLE, labels, [Series(A, (1,) * 90)]))
    feet = [one for one in page.all("text") if one.get("x", "").endswith("%")]
    assert [one["x"] for one in feet][:: len(feet) - 1] == ["0.0%", "100.0%"]
    assert [one["class"] for one in feet] == ["start", "middle", "middle", "finish"]


def test_each_of_a_few_bars_has_its_label_below_its_middle() -> None:
    labels = [f"bar {place}" for place in range(6)]
    page = Elements(stacked_bars(TITLE, labels, [Series(A, (1,) * 6)]))
    feet = [one for one in page.all("text") if one.get("x", "").endswith("%")]
    assert [one["x"] for one in feet] == ["8.3%", "25.0%", "41.6%", "58.3%", "75.0%", "91.6%"]
    assert {one["class"] for one in feet} == {"middle"}


def test_a_rings_parts_follow_each_other_and_fill_it() -> None:
    page = Elements(rings.donut(TITLE, [(A, 1), (B, 0), (A, 3)]))
    ring = [(one["stroke-dasharray"], one["stroke-dashoffset"]) for one in page.all("circle", "ring")]
    assert ring == [("2500 10000", "0"), ("7500 10000", "-2500")]
    assert "25%" in page.text
    assert "75%" in page.text


@given(st.lists(st.integers(min_value=0, max_value=10**15), min_size=1, max_size=8))
def test_a_rings_parts_are_its_whole_length(values: list[int]) -> None:
    page = Elements(rings.donut(TITLE, [(A, value) for value in values]))
    lengths = [int(one["stroke-dasharray"].split()[0]) for one in page.all("circle", "ring")]
    assert sum(lengths) == (10_000 if sum(values) else 0)


def test_a_ring_of_nothing_and_of_less() -> None:
    assert not Elements(rings.donut(TITLE, [(A, 0)])).all("circle", "ring")
    with pytest.raises(ValueError, match="negative"):
        rings.donut(TITLE, [(A, -1)])


@pytest.mark.parametrize(
    ("share", "target", "short", "turn"),
    [
        (4_250, 4_000, False, "72"),
        (3_999, 4_000, True, "72"),
        (20_000, 10_000, False, "180"),
        (0, None, False, None),
    ],
)
def test_a_gauge_shows_whether_the_target_is_met(
    share: int, target: int | None, short: bool, turn: str | None
) -> None:
    page = Elements(rings.gauge(TITLE, share, target, A if target else None))
    assert bool(page.all("svg", "short")) is short
    lengths = [int(path["stroke-dasharray"].split()[0]) for path in page.all("path", "ring")]
    assert lengths == [min(share, 10_000)]
    assert [line["transform"] for line in page.all("line", "target")] == (
        [f"rotate({turn} 100 100)"] if turn else []
    )


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [(0, "0", "0"), (999, "999", "999"), (1_500, "1,500", "1.5k"), (120_000, "12万", "120k"),
     (123_456, "123,456", "123,456"),
     (150_000_000, "1.5亿", "150m"), (10_000, "1万", "10k")],
)  # fmt: skip
def test_short_numbers_lose_nothing(number: int, zh: str, en: str) -> None:
    assert short_number(number) == Text(zh, en)


def test_units_write_money_and_counts() -> None:
    assert money_unit("CNY").short(1_200_000_00) == Text("¥120万", "¥1.2m")
    assert money_unit("CNY").short(-50_00) == Text("\N{MINUS SIGN}¥50", "\N{MINUS SIGN}¥50")
    assert money_unit("CNY").short(50) == Text("¥0.50", "¥0.50")
    assert money_unit("JPY").short(50_000) == Text("¥5万", "¥50k")
    assert money_unit("CHF").short(100_00) == Text("CHF 100", "CHF 100")
    assert count_unit("张", "cards").full(1_234) == Text("1,234 张", "1,234 cards")


def extents(page: str, labels: list[str]) -> list[tuple[int, int]]:
    """From where to where the labels at the foot reach on a phone."""
    found = []
    for kind, percent, label in re.findall(r'<text class="(\w+)" x="([\d.]+)%"[^>]*>([^<]+)<', page):
        assert label in labels
        x, width = round(float(percent) * NARROWEST / 100), word_width(label)
        left = x - {"start": 0, "middle": width // 2, "finish": width}[kind]
        found.append((left, left + width))
    return found


@pytest.mark.parametrize("places", [(0, 5, 10, 15, 29), (0, 1, 2, 3, 90), (0, 87, 88, 89, 90), None])
def test_labels_at_the_foot_never_run_into_each_other(places: tuple[int, ...] | None) -> None:
    labels = ["10月20日", "10月25日", "10月30日", "11月4日", "11月18日"]
    page = line_chart(TITLE, labels, [Series(A, (1, 2, 3, 4, 5))], places=places)
    written = extents(page, labels)
    assert len(written) >= 2, "the first and the last are always there"
    assert all(left[1] < right[0] for left, right in pairwise(written))


def test_points_lie_where_their_days_are() -> None:
    page = Elements(line_chart(TITLE, ["a", "b", "c"], [Series(A, (1, 1, 1))], places=(10, 11, 20)))
    [curve] = page.all("path", "curve")
    assert [point.split()[0] for point in curve["d"][1:].split("L")] == ["0", "100", "1000"]
    for wrong in ((2, 2), (1,)):
        with pytest.raises(ValueError, match="rising"):
            line_chart(TITLE, ["a", "b"], [Series(A, (1, 1))], places=wrong)
