"""A trail drawn with box characters, for a terminal or a text file."""

from __future__ import annotations

from cardtrail.audit.report import moment
from cardtrail.audit.trail import Stop, Trail
from cardtrail.audit.trail_layout import Layout, Row, lay_out
from cardtrail.audit.trail_words import money
from cardtrail.wire.identifiers import card_number, group_digits

STATION, CHANGE, END = "○", "●", "◆"
"""An ordinary stop; one at which the owner changed; one at which cards were split or merged."""

OWNER_CHANGES = frozenset(("transfer", "release"))
DIVIDING = frozenset(("split", "merge"))


def trail_text(trail: Trail) -> list[str]:
    """The trail, two lines a stop: what happened and the balance after it; then when, which entry, who signed."""
    layout = lay_out(trail)
    card = trail.card
    name = "" if trail.product is None else f"  {trail.product.name}"
    head = f"Card {group_digits(card_number(trail.serial))}{name}"
    state = (
        f"{card.status.name.lower()}, {money(card.balance_minor, trail.currency)}, owner changed {card.hop}×"
    )
    lines = [head, state, ""]
    for number, row in enumerate(layout.rows):
        stop = row.stop
        below = _through(row) if number + 1 < len(layout.rows) else set()
        lines.append(f"{_station_line(row, layout)}  {headline(stop)}  → {_balances(trail, stop)}")
        lines.append(f"{_rails(below, layout)}  {moment(stop.time_ms)}  entry {stop.index}  {stop.who}")
    return lines


def headline(stop: Stop) -> str:
    """What happened, and how many of the cards that came out of it the trail leaves aside."""
    return f"{stop.what}, {stop.others} of them not followed here" if stop.born and stop.others else stop.what


def _balances(trail: Trail, stop: Stop) -> str:
    serials = stop.born or stop.cards
    amounts = [money(stop.balances[serial], trail.currency) for serial in serials]
    if len(trail.cards) == 1:
        return amounts[0]
    if len(serials) > 3 and len(set(amounts)) == 1:
        return f"{len(serials)} cards: {amounts[0]} each"
    return ", ".join(f"card {serial}: {amount}" for serial, amount in zip(serials, amounts, strict=True))


def _through(row: Row) -> set[int]:
    """The lanes that go on below a row."""
    return {row.at, *row.more, *row.leaving, *row.through}


def _station_line(row: Row, layout: Layout) -> str:
    joined = (*row.ending, *row.leaving)
    kind = row.stop.kind
    glyph = END if kind in DIVIDING else CHANGE if kind in OWNER_CHANGES else STATION
    left, right = min(row.at, *joined, row.at), max(row.at, *joined, row.at)
    cells = []
    for lane in range(layout.width):
        inside = left <= lane < right
        if lane == row.at or lane in row.more:
            cell = glyph
        elif lane in joined:
            corner = ("╯", "╰") if lane in row.ending else ("╮", "╭")
            cell = corner[lane < row.at] if lane in (left, right) else "┴" if lane in row.ending else "┬"
        elif lane in row.through:
            cell = "┼" if left < lane < right else "│"
        else:
            cell = "─" if left < lane < right else " "
        cells.append(cell + ("─" if inside else " "))
    return "".join(cells).rstrip().ljust(2 * layout.width)


def _rails(lanes: set[int], layout: Layout) -> str:
    return "".join("│ " if lane in lanes else "  " for lane in range(layout.width))
