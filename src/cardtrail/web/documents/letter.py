"""A document of several pages: letterhead, sections, Chinese with English beside it, rows, footers."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from cardtrail.web.documents.fonts import Fonts
from cardtrail.web.documents.paper import GREY, HEIGHT, INK, LINE, TINT, WIDTH, Issuer, Paper, Style, moment

MARGIN = 20.0
INNER = WIDTH - 2 * MARGIN
BAR = 8.0

_TOP = 20.0
_BOTTOM = HEIGHT - 24.0
_GUTTER = 8.0
_LABEL = 50.0
_VALUE_WIDTH = INNER - _LABEL - 3

TITLE = Style(20, bold=True, leading=1.3)
SUBTITLE = Style(11, colour=GREY, leading=1.3)
HEADING = Style(11, bold=True)
BODY = Style(9, leading=1.65)
SIDE = Style(8.2, colour=GREY, leading=1.55)
VALUE = Style(9.5, leading=1.45)
MONO = Style(7.6, mono=True, leading=1.5)
NOTE = Style(7, colour=GREY, leading=1.4)


class Both(NamedTuple):
    """A text in Chinese and English, both printed."""

    zh: str
    en: str


class Letter:
    """The document and the place where it goes on. Same calls, same bytes. Raises `FontMissing`."""

    def __init__(
        self, *, title: Both, issuer: Issuer, made_ms: int, zone: tzinfo, fonts: Fonts | None = None
    ) -> None:
        self.paper = Paper(title=f"{title.zh} {title.en}", author=issuer.party, made_ms=made_ms, fonts=fonts)
        self._title = title
        self._issuer = issuer
        self._made = moment(made_ms, zone)
        self.paper.new_page()
        self.y = _TOP
        self._letterhead()

    def need(self, height: float) -> None:
        """Go on at the next page unless so much room is left on this one."""
        if self.y + height > _BOTTOM:
            self.paper.new_page()
            self.paper.fill(0, 0, WIDTH, 1.6, self._issuer.colour)
            self.y = _TOP

    def gap(self, height: float) -> None:
        """Leave room."""
        self.y += height

    def heading(self, text: Both, keep: float = 20.0) -> None:
        """A section's heading, on the same page as the `keep` millimetres after it."""
        self.need(10 + keep)
        self.gap(5)
        self.paper.text(MARGIN, self.y + 4, text.zh, HEADING)
        x = MARGIN + self.paper.width(text.zh, HEADING) + 2.5
        self.paper.text(x, self.y + 4, text.en, SIDE)
        self.paper.rule(MARGIN, self.y + 6.5, WIDTH - MARGIN, self.y + 6.5, self._issuer.colour, 0.35)
        self.gap(8)

    def beside(self, text: Both) -> None:
        """A paragraph: Chinese on the left, English on the right."""
        width = (INNER - _GUTTER) / 2
        paper = self.paper
        height = max(
            len(paper.lines(text.zh, width, BODY)) * BODY.step,
            len(paper.lines(text.en, width, SIDE)) * SIDE.step,
        )
        self.need(height)
        paper.block(MARGIN, self.y, width, text.zh, BODY)
        paper.block(MARGIN + width + _GUTTER, self.y + (BODY.step - SIDE.step) / 2, width, text.en, SIDE)
        self.gap(height + 1.8)

    def row_height(self, value: str, style: Style = VALUE) -> float:
        """The room that `row` takes."""
        return max(len(self.paper.lines(value, _VALUE_WIDTH, style)) * style.step, VALUE.step) + 2.2

    def row(self, label: Both, value: str, style: Style = VALUE) -> None:
        """A label in both languages and its value, which may take several lines."""
        height = self.row_height(value, style)
        self.need(height)
        baseline = self.y + VALUE.step * 0.72 + 1.1
        chinese = Style(9)
        self.paper.text(MARGIN + 2, baseline, label.zh, chinese)
        room = _LABEL - self.paper.width(label.zh, chinese) - 4
        self.paper.text(
            MARGIN + 2 + self.paper.width(label.zh, chinese) + 1.6,
            baseline,
            self.paper.short(label.en, room, NOTE),
            NOTE,
        )
        lift = (VALUE.step - style.step) / 2 if style.step < VALUE.step else 0.0
        self.paper.block(MARGIN + _LABEL + 3, self.y + 1.1 + lift, _VALUE_WIDTH, value, style)
        self.gap(height)
        self.paper.rule(MARGIN, self.y, WIDTH - MARGIN, self.y)

    def bar(self, left: str, right: str) -> None:
        """A tinted bar above rows that belong together, `BAR` high."""
        self.paper.fill(MARGIN, self.y, INNER, BAR, TINT)
        self.paper.fill(MARGIN, self.y, 1, BAR, self._issuer.colour)
        bold = Style(10, bold=True)
        self.paper.text(WIDTH - MARGIN - 2, self.y + 5.4, right, bold, "right")
        room = INNER - self.paper.width(right, bold) - 10
        self.paper.text(MARGIN + 4, self.y + 5.4, self.paper.short(left, room, bold), bold)
        self.gap(BAR)

    def finish(self) -> bytes:
        """The bytes, with a footer on every page."""
        pages = self.paper.pages
        for number in self.paper.on_every_page():
            self.paper.turn_to(number)
            y = HEIGHT - 13
            self.paper.rule(MARGIN, y - 4.5, WIDTH - MARGIN, y - 4.5, LINE)
            title = f"{self._title.zh} {self._title.en} · {self._made}"
            self.paper.text(MARGIN, y, title, NOTE)
            counted = f"第 {number} 页，共 {pages} 页 Page {number} of {pages}"
            self.paper.text(WIDTH - MARGIN, y, counted, NOTE, "right")
        return self.paper.finish()

    def _letterhead(self) -> None:
        self.paper.fill(0, 0, WIDTH, 4, self._issuer.colour)
        brand = Style(10, bold=True, colour=INK)
        name = self.paper.short(self._issuer.name, 60, brand)
        self.paper.text(WIDTH - MARGIN, self.y + 5.5, name, brand, "right")
        if self._issuer.legal_name:
            company = self.paper.short(self._issuer.legal_name, 75, NOTE)
            self.paper.text(WIDTH - MARGIN, self.y + 10, company, NOTE, "right")
        self.paper.text(MARGIN, self.y + 6, self._title.zh, TITLE)
        self.paper.text(MARGIN, self.y + 12.5, self._title.en, SUBTITLE)
        self.gap(19)
