"""A card's trail as a line with stops, like a metro map: rows of words, and the lines drawn beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cardtrail.web.ui.texts import Text

MOST_LANES: Final = 4
"""Lines side by side on a narrow screen; further ones share the last lane."""

FIRST_X: Final = 20
LANE_WIDTH: Final = 26
STATION_Y: Final = 30
BEND: Final = 30


@dataclass(frozen=True, slots=True)
class Branch:
    """Another card named beside a stop: where it came from or what became of it. `href` where the reader may look."""

    title: Text | str
    href: str = ""
    icon: str = "card"


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing that happened.

    icon, title   what
    when_ms       when, by the ledger's time
    who           "you", "another holder", a role of the brand
    sub           anything more, one line; `sub_href` where it leads
    amount_minor  money that moved or was there, none where it is not about money; signed
    tone          `accent` (owner changed), `good`, `warn`, `bad`, `plain`
    href          where the stop leads, for example to its proof
    proof         what proves it: names and values, shown on demand
    line          the card's line it lies on; empty for the trail's own card (and the parent it went on from)
    joins         lines that end in this stop (the other cards of a merge)
    leaves        lines that begin in this stop (the other parts of a split)
    branches      cards to name beside it
    """

    icon: str
    title: Text | str
    when_ms: int
    who: Text | str = ""
    sub: Text | str = ""
    sub_href: str = ""
    amount_minor: int | None = None
    currency: str = "CNY"
    tone: str = "plain"
    href: str = ""
    proof: tuple[tuple[Text | str, Text | str], ...] = ()
    line: str = ""
    joins: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line within one row: an SVG path or a straight line to the row's lower edge.

    lane    decides its colour
    path    SVG path data, empty for a straight piece
    x, top  the straight piece: from `top` down to the row's end
    """

    lane: int
    path: str = ""
    x: int = 0
    top: int = 0
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A stop, the lane its station lies on, and the pieces of lines beside it."""

    stop: Stop
    lane: int
    x: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """All rows, and how wide the lines are."""

    rows: tuple[Row, ...]
    lanes: int

    @property
    def width(self) -> int:
        """Width of the lines' column, in pixels."""
        return FIRST_X * 2 + LANE_WIDTH * (self.lanes - 1)


def lay_out(stops: Sequence[Stop]) -> Picture:
    """Rows and lines of a trail, oldest stop first as handed in."""
    begin, end = _spans(stops)
    lanes = _lanes(begin, end)
    rows = []
    for number, stop in enumerate(stops):
        pieces = [piece for key in lanes for piece in _pieces(key, number, stops, begin, end, lanes)]
        lane = lanes[stop.line]
        rows.append(Row(stop, lane, _x(lane), tuple(pieces)))
    return Picture(tuple(rows), max(lanes.values(), default=0) + 1)


def _spans(stops: Sequence[Stop]) -> tuple[dict[str, int], dict[str, int]]:
    """The first and the last row of each line."""
    begin: dict[str, int] = {"": 0}
    end: dict[str, int] = {"": len(stops) - 1}
    for number, stop in enumerate(stops):
        for key in (stop.line, *stop.joins, *stop.leaves):
            begin.setdefault(key, number)
            if key:
                end[key] = number
    return begin, end


def _lanes(begin: dict[str, int], end: dict[str, int]) -> dict[str, int]:
    """A lane for each line: the first that is free while the line lasts."""
    lanes = {"": 0}
    for key in sorted((key for key in begin if key), key=lambda key: (begin[key], end[key])):
        taken = {lanes[other] for other in lanes if begin[other] <= end[key] and begin[key] <= end[other]} | {
            0
        }
        free = next(lane for lane in range(len(taken) + 1) if lane not in taken)
        lanes[key] = min(free, MOST_LANES - 1)
    return lanes


def _pieces(
    key: str,
    number: int,
    stops: Sequence[Stop],
    begin: dict[str, int],
    end: dict[str, int],
    lanes: dict[str, int],
) -> list[Piece]:
    """What is drawn of one line in one row."""
    stop, lane = stops[number], lanes[key]
    if not begin[key] <= number <= end[key]:
        return []
    x, at = _x(lane), _x(lanes[stop.line])
    arrives, goes_on = number > begin[key], number < end[key]
    if key in stop.leaves:
        curve = f"M{at} {STATION_Y}{_bend(at, STATION_Y, x, STATION_Y + BEND)}"
        tail = Piece(lane, x=x, top=STATION_Y + BEND) if goes_on else None
        return [Piece(lane, path=curve, dotted=not goes_on), *([tail] if tail else [])]
    if key in stop.joins:
        return [Piece(lane, path=f"M{x} 0{_bend(x, 0, at, STATION_Y)}", dotted=not arrives)]
    if arrives and goes_on:
        return [Piece(lane, x=x, top=0)]
    if goes_on:
        return [Piece(lane, x=x, top=STATION_Y)]
    return [Piece(lane, path=f"M{x} 0V{STATION_Y}")] if arrives else []


def _bend(x: int, y: int, to_x: int, to_y: int) -> str:
    middle = (y + to_y) // 2
    return f"C{x} {middle} {to_x} {middle} {to_x} {to_y}"


def _x(lane: int) -> int:
    return FIRST_X + LANE_WIDTH * lane
