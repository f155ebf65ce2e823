"""Charts over time, drawn on the server as SVG: no script, no float, both languages, light and dark through classes.

Each comes as a <figure>: the picture with a title and a description for those who do not see it, and its numbers in a
table that opens. Widths are percentages and heights pixels, so that words stay readable on a phone.
"""

from __future__ import annotations

import bisect
import itertools
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import COUNT, Unit

_Written = tuple[str, str, Text | str]
"""A label at the foot: where, which of its ends is there, and the words."""

TONES: Final = 6
"""Colours that charts have; a seventh series takes the first again."""

TOP: Final = 10
PLOT: Final = 180
FOOT: Final = 24
HEIGHT: Final = TOP + PLOT + FOOT

TICKS: Final = 4
LABELS: Final = 4
ALL_LABELS: Final = 6
"""Up to so many bars each have their label; of more, `LABELS` do."""

NARROWEST: Final = 240
"""So many pixels wide a chart is on a phone: a label that does not fit beside its neighbours there is not written."""
LABEL_GAP: Final = 6


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of integers, one for each label of the chart."""

    name: Text
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A level to compare with, drawn as a dashed line: a limit, a duty."""

    name: Text
    value: int


def line_chart(
    title: Text,
    labels: Sequence[Text | str],
    series: Sequence[Series],
    unit: Unit = COUNT,
    *,
    area: bool = False,
    mark: Mark | None = None,
    places: Sequence[int] | None = None,
    floor: int = 0,
) -> SafeString:
    """Lines over time; with `area`, the ground below them is tinted.

    places   where each label lies in time, rising, in any unit: for points that are not evenly apart
    floor    what the upright axis begins at, unless a number is below it: for lines that move little, far from nothing

    Raises `ValueError` if a series does not fit, or the places do not rise.
    """
    _fit(labels, series)
    across = _across(len(labels), places)
    everything = [value for one in series for value in one.values] + ([mark.value] if mark else [])
    scale = Scale.over(everything, floor)
    base = scale.y(max(scale.low, 0))
    drawn = []
    for tone, one in enumerate(series):
        points = [(x, scale.y(value)) for x, value in zip(across, one.values, strict=True)]
        path = "M" + "L".join(f"{x} {y}" for x, y in points) if points else ""
        ground = f"{path}L{points[-1][0]} {base}L{points[0][0]} {base}Z" if area and points else ""
        end = (share(points[-1][0]), points[-1][1]) if points else None
        drawn.append({"tone": tone % TONES, "path": path, "ground": ground, "end": end})
    between = [0, *((left + right) // 2 for left, right in itertools.pairwise(across)), 1000]
    columns = [(share(left), share(right - left)) for left, right in itertools.pairwise(between)]
    return _figure(
        "ui/charts/line.html", title, labels, series, unit, scale,
        drawn=drawn, columns=columns if labels else [], marks=_marks_along(labels, across),
        mark=mark, mark_y=scale.y(mark.value) if mark else 0,
    )  # fmt: skip


def stacked_bars(
    title: Text, labels: Sequence[Text | str], series: Sequence[Series], unit: Unit = COUNT
) -> SafeString:
    """A bar for each label, the series on top of each other. Raises `ValueError` for a negative number."""
    _fit(labels, series)
    if any(value < 0 for one in series for value in one.values):
        raise ValueError("stacked bars show no negative numbers")
    sums = [sum(one.values[place] for one in series) for place in range(len(labels))]
    scale = Scale.over(sums)
    count = max(len(labels), 1)
    bars = []
    for place in range(len(labels)):
        below = 0
        left, width = (place * 1000 + 150) // count, max(700 // count, 4)
        for tone, one in enumerate(series):
            top, bottom = scale.y(below + one.values[place]), scale.y(below)
            below += one.values[place]
            if bottom > top:
                bars.append(
                    {
                        "tone": tone % TONES,
                        "x": share(left),
                        "width": share(width),
                        "y": top,
                        "height": bottom - top,
                    }
                )
    columns = [(share(place * 1000 // count), share(1000 // count)) for place in range(len(labels))]
    middles = [(2 * place + 1) * 500 // count for place in range(len(labels))]
    return _figure(
        "ui/charts/bars.html", title, labels, series, unit, scale,
        bars=bars, columns=columns, marks=_marks_below(labels, middles),
    )  # fmt: skip


def sparkline(values: Sequence[int], label: Text | str) -> SafeString:
    """A line the size of a word, for tables and tiles. `label` says in words what it shows."""
    low, high = min(values, default=0), max(values, default=0)
    spread, last = max(high - low, 1), max(len(values) - 1, 1)
    points = " ".join(
        f"{place * 100 // last},{26 - (value - low) * 24 // spread}" for place, value in enumerate(values)
    )
    return render_to_string("ui/charts/spark.html", {"points": points, "label": label})


@dataclass(frozen=True, slots=True)
class Scale:
    """The upright axis: round steps from `low` to `high`; nothing is among them, unless it begins elsewhere."""

    low: int
    high: int
    ticks: tuple[int, ...]

    @classmethod
    def over(cls, values: Sequence[int], floor: int = 0) -> Scale:
        """The axis for some numbers, beginning at `floor` or below it."""
        ticks = nice_ticks(min([floor, *values]), max([floor, *values]))
        return cls(ticks[0], ticks[-1], ticks)

    def y(self, value: int) -> int:
        """Where a number is, in pixels from the top."""
        return TOP + PLOT - (value - self.low) * PLOT // (self.high - self.low)


def nice_ticks(low: int, high: int, about: int = TICKS) -> tuple[int, ...]:
    """Round numbers (1, 2, 5 and their tenfolds) from at most `low` to at least `high`, evenly apart."""
    least = max(-(-(high - low) // about), 1)
    power = 10 ** (len(str(least)) - 1)
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)
    first, last = low // step * step, -(-high // step) * step
    return tuple(range(first, max(last, first + step) + 1, step))


def word_width(words: str) -> int:
    """About how many pixels a word takes at the size of a chart's labels."""
    return sum(8 if sign.isascii() else 13 for sign in words)


def share(permille: int) -> str:
    """Thousandths as the percentage that SVG takes: 125 → 12.5%."""
    return f"{permille // 10}.{permille % 10}%"


def chart_id(title: Text, values: object) -> str:
    """A name for the parts of a chart within a page: the same chart always gets the same."""
    return f"chart-{zlib.crc32(repr((title, values)).encode()):08x}"


def _fit(labels: Sequence[Text | str], series: Sequence[Series]) -> None:
    for one in series:
        if len(one.values) != len(labels):
            raise ValueError(f"{one.name.en}: {len(one.values)} numbers for {len(labels)} labels")


def _figure(
    template: str,
    title: Text,
    labels: Sequence[Text | str],
    series: Sequence[Series],
    unit: Unit,
    scale: Scale,
    columns: Sequence[tuple[str, str]],
    **drawing: object,
) -> SafeString:
    ticks = [(scale.y(tick), unit.short(tick), tick == 0) for tick in scale.ticks]
    rows = [
        {"label": label, "cells": [unit.full(one.values[place]) for one in series]}
        for place, label in enumerate(labels)
    ]
    return render_to_string(
        template,
        {
            "id": chart_id(title, [one.values for one in series]),
            "title": title,
            "describe": _description(labels, series, unit),
            "names": [(tone % TONES, one.name) for tone, one in enumerate(series)],
            "ticks": ticks,
            "axis_width": 8 + max(word_width(str(word)) for _, word, _ in ticks),
            "rows": rows,
            "columns": [
                (x, width, _told(row, series)) for (x, width), row in zip(columns, rows, strict=True)
            ],
            "height": HEIGHT,
            "plot": (TOP, PLOT),
            "label_y": HEIGHT - 6,
            "empty": not labels,
            **drawing,
        },
    )


def _told(row: Mapping[str, Any], series: Sequence[Series]) -> Text:
    """What a column says when it is pointed at."""
    label: Text | str = row["label"]
    pairs = list(zip(series, row["cells"], strict=True))
    return Text(
        f"{label.zh if isinstance(label, Text) else label}："
        + "，".join(f"{one.name.zh} {value.zh}" for one, value in pairs),
        f"{label.en if isinstance(label, Text) else label}: "
        + ", ".join(f"{one.name.en} {value.en}" for one, value in pairs),
    )


def _across(count: int, places: Sequence[int] | None) -> list[int]:
    """Where points lie from left to right, in thousandths of the width."""
    if places is None:
        places = range(count)
    if len(places) != count or any(left >= right for left, right in itertools.pairwise(places)):
        raise ValueError("a place for each label, rising")
    if not count:
        return []
    whole = max(places[-1] - places[0], 1)
    return [(place - places[0]) * 1000 // whole for place in places]


def _marks_below(labels: Sequence[Text | str], across: Sequence[int]) -> list[_Written]:
    """The labels below bars: each has its own while they are few."""
    if len(labels) <= ALL_LABELS:
        return [(share(x), "middle", label) for x, label in zip(across, labels, strict=True)]
    return _marks_along(labels, across)


def _marks_along(labels: Sequence[Text | str], across: Sequence[int]) -> list[_Written]:
    """A few labels along the foot: the first, the last, and of those between what fits beside its neighbours. Those at
    the edges stay inside."""
    wanted = [*(step * 1000 // (LABELS - 1) for step in range(1, LABELS - 1)), 500]
    between = [bisect.bisect_right(across, x) - 1 for x in wanted] if labels else []
    taken: list[tuple[int, int]] = []
    chosen: dict[int, _Written] = {}
    for place in [0, len(labels) - 1, *between] if labels else []:
        x, label = across[place], labels[place]
        anchor = "start" if x < 100 else "finish" if x > 900 else "middle"
        x = {"start": 0, "finish": 1000}.get(anchor, x)
        width = word_width(str(label))
        left = x * NARROWEST // 1000 - {"start": 0, "middle": width // 2, "finish": width}[anchor]
        if place not in chosen and all(
            left >= end + LABEL_GAP or left + width + LABEL_GAP <= start for start, end in taken
        ):
            taken.append((left, left + width))
            chosen[place] = (share(x), anchor, label)
    return [chosen[place] for place in sorted(chosen)]


def _description(labels: Sequence[Text | str], series: Sequence[Series], unit: Unit) -> Text:
    """In words: from when to when, and of each series first, last, least and most."""
    if not labels:
        return Text("还没有数据。", "No data yet.")
    zh, en = [], []
    for one in series:
        first, last, least, most = (
            unit.full(number) for number in (one.values[0], one.values[-1], min(one.values), max(one.values))
        )
        zh.append(f"{one.name.zh}：从 {first.zh} 到 {last.zh}，最低 {least.zh}，最高 {most.zh}")
        en.append(f"{one.name.en}: from {first.en} to {last.en}, least {least.en}, most {most.en}")
    start, end = (
        label if isinstance(label, Text) else Text(label, label) for label in (labels[0], labels[-1])
    )
    return Text(
        f"{start.zh}至{end.zh}。" + "；".join(zh) + "。", f"{start.en} to {end.en}. " + "; ".join(en) + "."
    )
