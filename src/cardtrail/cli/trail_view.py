"""A card's trail in a terminal: a line with stops, like a metro map, when on its left and what on its right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cardtrail.audit.trail import Stop, Trail
from cardtrail.audit.trail_layout import Layout, Row, lay_out
from cardtrail.cli.out import local_time, visible
from cardtrail.cli.results import number_of
from cardtrail.wire.money import format_money

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
STATION, CHANGE, JUNCTION = "○", "●", "◆"
LEAST_TEXT = 24
"""Columns that words get at least, however many lines run beside them."""

CHINESE = {
    "issue": "发行",
    "activate": "激活",
    "transfer": "转让",
    "hold": "锁定",
    "release": "交付",
    "return": "退回",
    "redeem": "消费",
    "refund": "退款",
    "split": "拆分",
    "merge": "合并",
    "freeze": "冻结",
    "unfreeze": "解冻",
    "void": "作废",
    "rebind": "换绑",
}
"""What each kind of stop is called, as in the glossary."""


def print_trail(
    screen: Console, trail: Trail, proved: Collection[int], name: Callable[[str], str] = lambda text: text
) -> None:
    """Draw a trail.

    proved   entries that were verified to be in the log
    name     puts names into a text in place of the keys one knows, such as "you"
    """
    layout = lay_out(trail)
    product = "" if trail.product is None else visible(trail.product.name)
    screen.print(Text.assemble((product, "bold"), "  ", number_of(trail.serial)))
    last = len(layout.rows) - 1
    for place, row in enumerate(layout.rows):
        rails = _rails(row, layout) if place < last else Text(" " * (2 * layout.width))
        _print_row(screen, trail, row, layout, rails, row.stop.index in proved, name)


def _print_row(
    screen: Console,
    trail: Trail,
    row: Row,
    layout: Layout,
    rails: Text,
    proved: bool,
    name: Callable[[str], str],
) -> None:
    stop = row.stop
    when = local_time(stop.time_ms)
    balances = ", ".join(_balance(trail, stop, serial) for serial in stop.born or stop.cards)
    mark = "✓" if proved else "·"
    title = Text.assemble((_chinese(stop), "bold"), " ", (name(stop.what), "bold"))
    under = Text.assemble((name(stop.who), "dim"), ("  entry ", "dim"), (f"{stop.index} {mark}", "dim"))
    margin = len(when) + 2
    width = max(LEAST_TEXT, screen.width - margin - 2 * layout.width - 1)
    lines = [*title.wrap(screen, width), *_at_right(screen, under, balances, width)]
    for number, line in enumerate(lines):
        left = Text(when if number == 0 else " " * len(when), style="dim")
        lanes = _stations(row, layout) if number == 0 else rails
        screen.print(Text.assemble(left, "  ", lanes, " ", line), soft_wrap=True)


def _at_right(screen: Console, under: Text, balances: str, width: int) -> Iterable[Text]:
    """The second line, the balance at its end where it fits, else on a line of its own."""
    space = width - under.cell_len - cell_len(balances)
    if space >= 2:
        room = min(space, max(2, 56 - under.cell_len - cell_len(balances)))
        return [Text.assemble(under, " " * room, (balances, "cyan"))]
    return [*under.wrap(screen, width), *Text(balances, style="cyan").wrap(screen, width)]


def _chinese(stop: Stop) -> str:
    return (
        "领取" if stop.kind == "transfer" and stop.what.startswith("Claimed") else CHINESE.get(stop.kind, "")
    )


def _balance(trail: Trail, stop: Stop, serial: int) -> str:
    minor = stop.balances[serial]
    amount = f"{minor}" if trail.currency is None else format_money(minor, trail.currency)
    return amount if len(trail.cards) == 1 else f"#{serial} {amount}"


def _stations(row: Row, layout: Layout) -> Text:
    """The lanes at a stop: stations, what joins or leaves them, and what passes by."""
    kind = row.stop.kind
    glyph = JUNCTION if kind in ("split", "merge") else CHANGE if kind in ("transfer", "release") else STATION
    joined = (*row.ending, *row.leaving)
    right = max((row.at, *joined))
    left = min((row.at, *joined))
    text = Text()
    for lane in range(layout.width):
        inside = left < lane < right
        if lane == row.at or lane in row.more:
            cell = glyph
        elif lane in joined:
            cell = _joint(row, lane, left, right)
        elif lane in row.through:
            cell = "┼" if inside else "│"
        else:
            cell = "─" if inside else " "
        text.append(cell, style=COLOURS[lane % len(COLOURS)])
        text.append("─" if left <= lane < right else " ", style=COLOURS[row.at % len(COLOURS)])
    return text


def _joint(row: Row, lane: int, left: int, right: int) -> str:
    if lane in row.ending:
        return "╰" if lane == left else "╯" if lane == right else "┴"
    return "╭" if lane == left else "╮" if lane == right else "┬"


def _rails(row: Row, layout: Layout) -> Text:
    """The lanes between a stop and the next."""
    going = {row.at, *row.more, *row.leaving, *row.through}
    text = Text()
    for lane in range(layout.width):
        text.append("│ " if lane in going else "  ", style=COLOURS[lane % len(COLOURS)])
    return text
