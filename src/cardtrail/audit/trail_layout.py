"""Where a trail's stops and lines go, for any way of drawing it: a row for each stop, a lane for each card."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.audit.trail import Stop, Trail


@dataclass(frozen=True, slots=True)
class Row:
    """A stop and the lanes at its height, from the left.

    at       the lane of its station
    more     lanes of other cards it changed, each with a station of its own
    ending   lanes that come in from above and end here (a merge)
    leaving  lanes that begin here, without the station's own (a split)
    through  lanes of cards that only pass by
    """

    stop: Stop
    at: int
    more: tuple[int, ...]
    ending: tuple[int, ...]
    leaving: tuple[int, ...]
    through: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A card's line: its lane, and the rows of its first and last stop."""

    serial: int
    lane: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Layout:
    """All rows, all lines, and how many lanes there are."""

    rows: tuple[Row, ...]
    lines: tuple[Line, ...]
    width: int


def lay_out(trail: Trail) -> Layout:
    """Rows and lanes of a trail. A card's line ends where it was split or merged; the trail's own card's never does."""
    lanes: dict[int, int] = {}
    began: dict[int, int] = {}
    last: dict[int, int] = {}
    kept: dict[int, int] = {}
    rows = []
    width = 1
    for number, stop in enumerate(trail.stops):
        before = dict(lanes)
        ended = sorted((card for card in stop.cards if _ends(trail, card, stop)), key=lanes.__getitem__)
        for card in ended:
            del lanes[card]
        for place, card in enumerate(stop.born):
            inherited = before[ended[0]] if ended and place == 0 else None
            lanes[card] = _free(lanes) if inherited is None else inherited
            began[card], kept[card] = number, lanes[card]
        for card in (*stop.cards, *stop.born):
            last[card] = number
        width = max(width, *(lane + 1 for lane in lanes.values()), 1)
        rows.append(_row(stop, before, lanes, ended))
    lines = tuple(Line(card, kept[card], began[card], last[card]) for card in sorted(kept))
    return Layout(tuple(rows), lines, width)


def _row(stop: Stop, before: dict[int, int], after: dict[int, int], ended: list[int]) -> Row:
    concerned = {*stop.cards, *stop.born}
    if ended:
        at = before[ended[0]]
        ending = tuple(before[card] for card in ended[1:])
        leaving = tuple(after[card] for card in stop.born[1:])
        more: tuple[int, ...] = ()
    else:
        own = [after[card] for card in (*stop.cards, *stop.born)]
        at, more, ending, leaving = own[0], tuple(own[1:]), (), ()
    through = tuple(sorted(lane for card, lane in before.items() if card not in concerned))
    return Row(stop, at, more, ending, leaving, through)


def _ends(trail: Trail, card: int, stop: Stop) -> bool:
    """Whether a card's line ends at a stop, for another card of the trail goes on from there."""
    return bool(stop.born) and any(card in trail.cards[child].parents for child in stop.born)


def _free(lanes: dict[int, int]) -> int:
    taken = set(lanes.values())
    return next(lane for lane in range(len(taken) + 1) if lane not in taken)
