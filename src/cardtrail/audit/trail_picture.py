"""A trail as a picture: an SVG that reads like a metro map, from the top down.

It stands alone (no fonts, scripts or links from elsewhere), follows the reader's light or dark setting, and says in
its title and description what it shows, for those who do not see it.
"""

from __future__ import annotations

from html import escape
from typing import Final

from cardtrail.audit.report import moment
from cardtrail.audit.trail import Stop, Trail
from cardtrail.audit.trail_layout import Layout, Line, Row, lay_out
from cardtrail.audit.trail_text import DIVIDING, OWNER_CHANGES, headline
from cardtrail.audit.trail_words import money, short_key
from cardtrail.wire.identifiers import card_number, group_digits

NARROW: Final = 880
"""Width of the picture while it has few lanes; more of them make it wider."""

MARGIN: Final = 36
HEAD: Final = 132
ROW: Final = 66
LANE: Final = 34
FOOT: Final = 92

AUTHORITY: Final = frozenset(("freeze", "unfreeze", "void", "rebind"))
COLOURS: Final = 6
"""Line colours; a seventh card on the map takes the first one's again."""

_STYLE = """
svg{--bg:#fbfaf7;--card:#fff;--edge:#e4e0d6;--ink:#1d2128;--soft:#5d6470;--rule:#ece8df;
--l0:#0b6bcb;--l1:#c2410c;--l2:#15803d;--l3:#9333ea;--l4:#be185d;--l5:#0f766e;--stop:#b42318}
@media(prefers-color-scheme:dark){svg{--bg:#14171c;--card:#1c2027;--edge:#333a45;--ink:#eef0f3;--soft:#a3abb8;--rule:#272d36;
--l0:#5aa9ff;--l1:#ff9357;--l2:#4ecb7d;--l3:#c69bff;--l4:#ff85b5;--l5:#45d0c0;--stop:#ff8a7d}}
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Noto Sans CJK SC","Noto Sans SC",sans-serif;
fill:var(--ink)}
.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.number{font-size:25px;font-weight:650;letter-spacing:.5px}.name{font-size:15px;fill:var(--soft)}
.what{font-size:15.5px;font-weight:600}.meta{font-size:12.5px;fill:var(--soft)}
.sum{font-size:15.5px;font-weight:600;text-anchor:end;font-variant-numeric:tabular-nums}
.of{font-size:12px;fill:var(--soft);text-anchor:end;font-variant-numeric:tabular-nums}
.page{fill:var(--bg)}.sheet{fill:var(--card);stroke:var(--edge)}.rule{stroke:var(--rule);stroke-width:1}
.line{fill:none;stroke-width:7;stroke-linecap:round;stroke-linejoin:round}
.faint{fill:none;stroke-width:4;stroke-linecap:round;stroke-dasharray:1 8;opacity:.75}
.station{fill:var(--card);stroke-width:4}.hub{fill:var(--card);stroke:var(--ink);stroke-width:3.5}
.alert{fill:var(--card);stroke:var(--stop);stroke-width:4}
.chip{font-size:13px;font-weight:650;text-anchor:middle}.pill{fill:none;stroke-width:1.5}
"""


def trail_svg(trail: Trail) -> str:
    """The picture, as the text of an SVG file."""
    layout = lay_out(trail)
    width, height = _right(layout) + MARGIN, HEAD + ROW * len(layout.rows) + FOOT
    colours = {line.serial: place % COLOURS for place, line in enumerate(layout.lines)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(_title(trail))}</title>',
        f'<desc id="description">{escape(_description(trail))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<rect class="sheet" x="12" y="12" width="{width - 24}" height="{height - 24}" rx="16"/>',
        *_head(trail, _right(layout)),
        *(_rule(number, layout) for number in range(len(layout.rows))),
        *(_stubs(row, number, colours) for number, row in enumerate(layout.rows)),
        *(_line(trail, line, layout, colours[line.serial]) for line in layout.lines),
        *(_stations(row, number, colours) for number, row in enumerate(layout.rows)),
        *(_words(trail, row, number, layout) for number, row in enumerate(layout.rows)),
        _terminus(trail, layout, colours),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _title(trail: Trail) -> str:
    return f"Trail of card {group_digits(card_number(trail.serial))}"


def _description(trail: Trail) -> str:
    stops = "; ".join(f"{moment(stop.time_ms)}, entry {stop.index}: {stop.what}" for stop in trail.stops)
    return f"{len(trail.stops)} stops, {len(trail.cards)} cards. {stops}."


def _head(trail: Trail, right: int) -> list[str]:
    card = trail.card
    name = "Cardtrail" if trail.product is None else trail.product.name
    stops, cards = len(trail.stops), len(trail.cards)
    count = f"{stops} stop{'s' * (stops != 1)} · {cards} card{'s' * (cards != 1)} on the map"
    return [
        f'<text class="number mono" x="{MARGIN}" y="62">{group_digits(card_number(trail.serial))}</text>',
        f'<text class="name" x="{MARGIN}" y="90">{escape(_clip(name, 48))}</text>',
        f'<text class="sum" x="{right}" y="62" style="font-size:25px">'
        f"{escape(money(card.balance_minor, trail.currency))}</text>",
        f'<text class="of" x="{right}" y="90" style="font-size:13px">{escape(_state(trail))} · {count}</text>',
        f'<line class="rule" x1="{MARGIN}" x2="{right}" y1="110" y2="110" style="stroke-width:2"/>',
    ]


def _state(trail: Trail) -> str:
    card = trail.card
    if card.frozen_by is not None:
        return f"frozen by the {card.frozen_by.name.lower()}"
    return "set aside" if card.hold is not None else card.status.name.lower()


def _rule(number: int, layout: Layout) -> str:
    if number + 1 == len(layout.rows):
        return ""
    y = _y(number) + ROW // 2 + 2
    return f'<line class="rule" x1="{_words_x(layout)}" x2="{_right(layout)}" y1="{y}" y2="{y}"/>'


def _line(trail: Trail, line: Line, layout: Layout, colour: int) -> str:
    """A card's line: from the station that made it, down its own lane, into the station that ended it."""
    first, last = layout.rows[line.first], layout.rows[line.last]
    x, start, end = _x(line.lane), _y(line.first), _y(line.last)
    # A line that ends at the very next station bends in and out on half the way each.
    reach = min(ROW - 22, (end - start) // 2)
    path = f"M{x} {start}"
    if first.at != line.lane and line.lane not in first.more:
        path = f"M{_x(first.at)} {start}" + _bend(_x(first.at), start, x, start + reach)
    if line.lane in last.ending:
        path += f"V{end - reach}" + _bend(x, end - reach, _x(last.at), end)
    else:
        path += f"V{end}"
    if line.serial == trail.serial and not trail.card.dead:
        path += f"V{_y(len(layout.rows) - 1) + ROW - 6}"
    return f'<path class="line" stroke="var(--l{colour})" d="{path}"/>'


def _bend(x: int, y: int, to_x: int, to_y: int) -> str:
    middle = (y + to_y) // 2
    return f"C{x} {middle} {to_x} {middle} {to_x} {to_y}"


def _stubs(row: Row, number: int, colours: dict[int, int]) -> str:
    """A short dotted line for the parts of a split that this map does not follow."""
    stop = row.stop
    if not stop.others or not stop.cards:
        return ""
    x, y = _x(row.at), _y(number)
    side = x - LANE // 2 - 4
    return (
        f'<path class="faint" stroke="var(--l{colours[stop.cards[0]]})" '
        f'd="M{x} {y}{_bend(x, y, side, y + 34)}"/>'
    )


def _stations(row: Row, number: int, colours: dict[int, int]) -> str:
    stop, y = row.stop, _y(number)
    serials = stop.born or stop.cards
    lanes = (row.at, *row.more)
    drawn = []
    for place, lane in enumerate(lanes):
        colour = colours[serials[min(place, len(serials) - 1)]]
        drawn.append(_station(stop.kind, _x(lane), y, colour))
    return "".join(drawn)


def _station(kind: str, x: int, y: int, colour: int) -> str:
    stroke = f'stroke="var(--l{colour})"'
    if kind in DIVIDING:
        return f'<circle class="hub" cx="{x}" cy="{y}" r="11"/><circle cx="{x}" cy="{y}" r="4.5" fill="var(--ink)"/>'
    if kind in OWNER_CHANGES:
        return (
            f'<circle class="station" cx="{x}" cy="{y}" r="11" {stroke}/>'
            f'<circle cx="{x}" cy="{y}" r="5" fill="var(--l{colour})"/>'
        )
    if kind in AUTHORITY:
        turn = f'transform="rotate(45 {x} {y})"'
        return f'<rect class="alert" x="{x - 8}" y="{y - 8}" width="16" height="16" rx="3" {turn}/>'
    return f'<circle class="station" cx="{x}" cy="{y}" r="7.5" {stroke}/>'


def _words(trail: Trail, row: Row, number: int, layout: Layout) -> str:
    stop, x, y = row.stop, _words_x(layout), _y(number)
    sums, cards = _sums(trail, stop)
    meta = f"{moment(stop.time_ms)} · entry {stop.index} · {stop.who}"
    return (
        f'<text class="what" x="{x}" y="{y - 3}">{escape(_clip(headline(stop), 66))}</text>'
        f'<text class="meta" x="{x}" y="{y + 17}">{escape(_clip(meta, 76))}</text>'
        f'<text class="sum" x="{_right(layout)}" y="{y - 3}">{escape(sums)}</text>'
        f'<text class="of" x="{_right(layout)}" y="{y + 17}">{escape(cards)}</text>'
    )


def _sums(trail: Trail, stop: Stop) -> tuple[str, str]:
    """What is on the cards after a stop, and which cards those are where the map shows more than one."""
    serials = stop.born or stop.cards
    balances = [stop.balances[serial] for serial in serials]
    if len(set(balances)) == 1 and len(balances) > 1:
        sums = f"{len(balances)} × {money(balances[0], trail.currency)}"
    else:
        sums = " + ".join(money(balance, trail.currency) for balance in balances)
    if len(trail.cards) == 1:
        return sums, ""
    ends = [f"…{card_number(serial)[-6:]}" for serial in serials]
    if len(ends) > 2:
        return _clip(sums, 30), f"{len(ends)} cards, {ends[0]} to {ends[-1]}"
    return sums, f"card{'s' * (len(ends) > 1)} {', '.join(ends)}"


def _terminus(trail: Trail, layout: Layout, colours: dict[int, int]) -> str:
    """Where the card is now: its owner's key, or how it ended."""
    card = trail.card
    line = next(line for line in layout.lines if line.serial == trail.serial)
    x, y = _x(line.lane), _y(len(layout.rows) - 1) + ROW
    if card.dead:
        words, mark = f"This card is {card.status.name.lower()} and never moves again", ""
    else:
        words = f"Now with {short_key(card.owner)}, {_state(trail)}"
        mark = f'<path d="M{x - 9} {y - 6}h18l-9 13z" fill="var(--l{colours[trail.serial]})"/>'
    return f'{mark}<text class="what" x="{_words_x(layout)}" y="{y + 4}">{escape(words)}</text>'


def _x(lane: int) -> int:
    return MARGIN + 22 + LANE * lane


def _y(row: int) -> int:
    return HEAD + 26 + ROW * row


def _words_x(layout: Layout) -> int:
    return MARGIN + 34 + LANE * layout.width


def _right(layout: Layout) -> int:
    return NARROW - MARGIN + LANE * max(0, layout.width - 4)


def _clip(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
