"""A sheet of A4 to write on: lengths in millimetres from its upper left corner, sizes of type in points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal

from fpdf import FPDF

from cardtrail.web.documents.fonts import Face, Fonts, find_fonts
from cardtrail.web.documents.lines import break_lines, plain, shorten

WIDTH, HEIGHT = 210.0, 297.0
MM_PER_POINT = 25.4 / 72

INK = "#15181c"
GREY = "#5a6370"
LINE = "#cfd5dc"
TINT = "#f3f5f8"
WHITE = "#ffffff"

BEIJING = timezone(timedelta(hours=8), "UTC+08:00")

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose document it is.

    name         the brand, as on its cards
    legal_name   the company, as on its contracts; the brand's name where none is given
    colour       `#rrggbb`
    """

    name: str
    legal_name: str = ""
    colour: str = "#1d4e89"

    @property
    def party(self) -> str:
        """The name under which it is bound."""
        return self.legal_name or self.name


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks: size in points, weight, fixed width or not, colour, distance of lines as a multiple of size."""

    size: float
    bold: bool = False
    mono: bool = False
    colour: str = INK
    leading: float = 1.5

    @property
    def step(self) -> float:
        """From one line to the next, in millimetres."""
        return self.size * self.leading * MM_PER_POINT

    def but(self, **changes: object) -> Style:
        """The same style with changes."""
        return replace(self, **changes)  # type: ignore[arg-type]


def moment(time_ms: int, zone: tzinfo = BEIJING, *, millis: bool = False) -> str:
    """A time for a document, to the second or millisecond, with the zone's distance from UTC."""
    time = _at(time_ms, zone)
    fraction = f".{time_ms % 1000:03d}" if millis else ""
    offset = time.strftime("%z")
    return f"{time:%Y-%m-%d %H:%M:%S}{fraction} UTC{offset[:3]}:{offset[3:5]}"


def day(time_ms: int, zone: tzinfo = BEIJING) -> str:
    """The day of a time."""
    return f"{_at(time_ms, zone):%Y-%m-%d}"


def readable_on(colour: str) -> str:
    """White or ink, whichever reads better on a colour (WCAG 2.2, relative luminance)."""
    channels = [_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    return WHITE if luminance < 0.36 else INK


class Paper:
    """A document under construction. Raises `FontMissing` where there is no font to write with."""

    def __init__(self, *, title: str, author: str, made_ms: int, fonts: Fonts | None = None) -> None:
        self._pdf = FPDF(format="A4", unit="mm")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        fonts = fonts or find_fonts()
        self._add_font("sans", "", fonts.regular)
        self._add_font("sans", "B", fonts.bold)
        self._add_font("mono", "", fonts.mono)
        self._pdf.set_title(plain(title))
        self._pdf.set_author(plain(author))
        self._pdf.set_creator("Cardtrail")
        self._pdf.set_lang("zh-CN")
        self._pdf.set_creation_date(_at(made_ms, UTC))

    @property
    def pages(self) -> int:
        """How many there are so far."""
        return self._pdf.pages_count

    def new_page(self) -> None:
        """Begin the next page."""
        self._pdf.add_page()

    def on_every_page(self) -> range:
        """Page numbers from 1, to go back to with `turn_to`."""
        return range(1, self._pdf.pages_count + 1)

    def turn_to(self, number: int) -> None:
        """Write on a page that is there already."""
        self._pdf.page = number
        # A page remembers no font of another one, but the library does, and would not name it again.
        self._pdf.set_font("sans", "", 1)

    def text(self, x: float, y: float, text: str, style: Style, align: Align = "left") -> None:
        """One line. x is its left end, right end or middle, y its baseline."""
        text = plain(text)
        width = self.width(text, style)
        self._pdf.set_text_color(style.colour)
        self._pdf.text(x - {"left": 0, "center": width / 2, "right": width}[align], y, text)

    def block(self, x: float, y: float, width: float, text: str, style: Style) -> float:
        """Text in lines, the first baseline one line below y. Returns y below the last line."""
        for line in self.lines(text, width, style):
            y += style.step
            self.text(x, y - style.step * 0.28, line, style)
        return y

    def lines(self, text: str, width: float, style: Style) -> list[str]:
        """The lines in which `block` would write a text."""
        return break_lines(plain(text), width, lambda part: self.width(part, style))

    def short(self, text: str, width: float, style: Style) -> str:
        """The text, cut to fit into one line."""
        return shorten(plain(text).replace("\n", " "), width, lambda part: self.width(part, style))

    def width(self, text: str, style: Style) -> float:
        """How wide one line of text is."""
        self._pdf.set_font("mono" if style.mono else "sans", "B" if style.bold else "", style.size)
        return float(self._pdf.get_string_width(text))

    def fill(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        self._pdf.set_fill_color(colour)
        self._pdf.rect(x, y, width, height, style="F")

    def frame(self, x: float, y: float, width: float, height: float, colour: str = LINE) -> None:
        """A rectangle's outline, as thin as `rule`'s lines."""
        self._pen(colour, 0.2)
        self._pdf.rect(x, y, width, height, style="D")

    def rule(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = LINE, thickness: float = 0.2
    ) -> None:
        """A straight line."""
        self._pen(colour, thickness)
        self._pdf.line(x1, y1, x2, y2)

    def finish(self) -> bytes:
        """The document's bytes. The same calls give the same bytes."""
        return bytes(self._pdf.output())

    def _pen(self, colour: str, thickness: float) -> None:
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(thickness)

    def _add_font(self, family: str, style: Literal["", "B"], face: Face) -> None:
        self._pdf.add_font(family, style, face.path, collection_font_number=face.number)


def _at(time_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, zone)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
