"""Printed card sheets: A4, eight or ten cards of ID-1 size (85.6 by 54 mm, ISO/IEC 7810) with QR and code, and cut
marks beside them.

The QR (ISO/IEC 18004, error correction M or better) holds the claim address with number and code in the fragment.
Whoever sees a sheet can claim its cards: print, cut and pack it under watch, then destroy the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Literal
from urllib.parse import urlsplit

import segno

from cardtrail.web.documents.codes import FreshCard, claim_address
from cardtrail.web.documents.fonts import Fonts
from cardtrail.web.documents.paper import (
    BEIJING,
    GREY,
    HEIGHT,
    INK,
    LINE,
    WIDTH,
    Issuer,
    Paper,
    Style,
    day,
    moment,
    readable_on,
)
from cardtrail.wire.identifiers import group_digits
from cardtrail.wire.money import format_money

CARD_WIDTH, CARD_HEIGHT = 85.6, 54.0
COLUMNS = 2

_BAND = 14.0
_PAD = 5.0
_QR = 25.0
_QUIET_MODULES = 4
_DAY_MS = 86_400_000

_LABEL = Style(5.4, colour=GREY)
_NUMBER = Style(10)
_CODE = Style(8.6, mono=True)
_SMALL = Style(5.8, leading=1.4)
_HEAD = Style(7, colour=GREY)

Progress = Callable[[int, int], None]
"""Told after every page how many cards are done, and of how many."""


def code_sheets(
    cards: Sequence[FreshCard],
    *,
    issuer: Issuer,
    base: str,
    batch: str,
    made_ms: int,
    per_page: Literal[8, 10] = 10,
    zone: tzinfo = BEIJING,
    fonts: Fonts | None = None,
    progress: Progress | None = None,
) -> bytes:
    """The PDF. Raises `ValueError` without cards, `FontMissing`.

    base    the site's address, such as `https://cards.example`
    batch   what the batch is called, printed above the cards
    """
    if not cards:
        raise ValueError("there are no cards to print")
    paper = Paper(title=f"{issuer.name} · {batch}", author=issuer.party, made_ms=made_ms, fonts=fonts)
    pages = -(-len(cards) // per_page)
    for page in range(pages):
        paper.new_page()
        rows = per_page // COLUMNS
        left, top = (WIDTH - COLUMNS * CARD_WIDTH) / 2, (HEIGHT - rows * CARD_HEIGHT) / 2
        on_page = cards[page * per_page : (page + 1) * per_page]
        for place, card in enumerate(on_page):
            row, column = divmod(place, COLUMNS)
            _draw_card(paper, left + column * CARD_WIDTH, top + row * CARD_HEIGHT, card, issuer, base, zone)
        _cut_marks(paper, left, top, rows)
        _heading(
            paper, left, f"{batch} · {moment(made_ms, zone)} · {page + 1} / {pages}", on_page[0], on_page[-1]
        )
        if progress:
            progress(page * per_page + len(on_page), len(cards))
    return paper.finish()


def _draw_card(
    paper: Paper, x: float, y: float, card: FreshCard, issuer: Issuer, base: str, zone: tzinfo
) -> None:
    on_band = readable_on(issuer.colour)
    right = x + CARD_WIDTH - _PAD
    paper.fill(x, y, CARD_WIDTH, _BAND, issuer.colour)
    face = Style(17, bold=True, colour=on_band)
    amount = format_money(card.face_minor, card.currency)
    paper.text(right, y + 9.3, amount, face, "right")
    room = CARD_WIDTH - 3 * _PAD - paper.width(amount, face)
    name, product = Style(11, bold=True, colour=on_band), Style(6.5, colour=on_band)
    paper.text(x + _PAD, y + 6.7, paper.short(issuer.name, room, name), name)
    paper.text(x + _PAD, y + 10.9, paper.short(card.product, room, product), product)

    left = x + _PAD
    _labelled(paper, left, y + 19.2, "卡号 Card number", group_digits(card.number), _NUMBER)
    _labelled(paper, left, y + 28.6, "卡密，请勿示人 Code, keep it secret", card.code.grouped, _CODE)
    _howto(paper, left, y + 35.4, f"{urlsplit(base).netloc}/claim")

    _draw_qr(paper, right - _QR, y + _BAND + 1.5, claim_address(base, card))
    middle = right - _QR / 2
    chinese, english = _validity(card, zone)
    paper.text(middle, y + 42.6, "扫码领取 Scan to claim", _LABEL, "center")
    paper.text(middle, y + 47.2, chinese, _SMALL, "center")
    paper.text(middle, y + 49.9, english, _LABEL, "center")


def _labelled(paper: Paper, x: float, y: float, label: str, value: str, style: Style) -> None:
    paper.text(x, y, label, _LABEL)
    paper.text(x, y + 4.4, value, style)


def _howto(paper: Paper, x: float, y: float, address: str) -> None:
    width, room = CARD_WIDTH - 2 * _PAD - _QR - 2, CARD_HEIGHT - 35.4 - 2
    chinese = f"扫码，或打开 {address} 输入卡号和卡密，即可领取。领取后卡密失效。"
    english = f"Scan, or type number and code at {address}. Once claimed, the code is void."
    style = _SMALL
    # A long host name takes more lines: smaller type rather than text on the next card.
    while (
        len(paper.lines(chinese, width, style)) + len(paper.lines(english, width, style))
    ) * style.step > room:
        style = style.but(size=style.size * 0.95)
    below = paper.block(x, y, width, chinese, style)
    paper.block(x, below + 0.3, width, english, style.but(colour=GREY))


def _validity(card: FreshCard, zone: tzinfo) -> tuple[str, str]:
    if card.expires_ms is not None:
        date = day(card.expires_ms, zone)
        return f"有效期至 {date}", f"Valid until {date}"
    if card.validity_ms is None:
        return "长期有效", "No expiry"
    days = card.validity_ms // _DAY_MS
    years = next((n for n in range(1, 100) if 365 * n <= days <= 366 * n), 0)
    if years:
        return f"激活后 {years} 年有效", f"Valid {years} year{'s' * (years > 1)} from activation"
    return f"激活后 {days} 天有效", f"Valid {days} day{'s' * (days != 1)} from activation"


def _draw_qr(paper: Paper, x: float, y: float, content: str) -> None:
    # Version 6 has room for an address of 100 characters; a longer host takes the next version that holds it.
    matrix = segno.make_qr(content, error="m").matrix
    module = _QR / (len(matrix) + 2 * _QUIET_MODULES)
    for line, row in enumerate(matrix, _QUIET_MODULES):
        for start, length in _runs(row):
            # A hair higher than a module, so that no viewer shows white seams between the rows.
            paper.fill(
                x + (start + _QUIET_MODULES) * module, y + line * module, length * module, module * 1.02, INK
            )


def _runs(row: bytes | bytearray | tuple[int, ...]) -> list[tuple[int, int]]:
    """Where dark modules stand side by side: (first, count)."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def _cut_marks(paper: Paper, left: float, top: float, rows: int) -> None:
    right, bottom = left + COLUMNS * CARD_WIDTH, top + rows * CARD_HEIGHT
    for column in range(COLUMNS + 1):
        x = left + column * CARD_WIDTH
        paper.rule(x, top - 5, x, top - 1, INK, 0.15)
        paper.rule(x, bottom + 1, x, bottom + 5, INK, 0.15)
        paper.rule(x, top, x, bottom, LINE, 0.1)
    for row in range(rows + 1):
        y = top + row * CARD_HEIGHT
        paper.rule(left - 5, y, left - 1, y, INK, 0.15)
        paper.rule(right + 1, y, right + 5, y, INK, 0.15)
        paper.rule(left, y, right, y, LINE, 0.1)


def _heading(paper: Paper, left: float, text: str, first: FreshCard, last: FreshCard) -> None:
    right = left + COLUMNS * CARD_WIDTH
    warning = "机密：见码即可领卡 Confidential: whoever sees a code can claim its card"
    paper.text(left, 6.4, warning, _HEAD.but(bold=True, colour=INK))
    paper.text(right, 6.4, paper.short(text, 80, _HEAD), _HEAD, "right")
    numbers = f"{group_digits(first.number)} – {group_digits(last.number)}"
    paper.text(right, HEIGHT - 4.2, numbers, _HEAD, "right")
