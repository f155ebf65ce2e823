"""Sheets: times with their zone, colours that can be read, texts that cannot disturb the page."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from cardtrail.web.documents.fonts import find_fonts
from cardtrail.web.documents.paper import INK, WHITE, Paper, Style, day, moment, readable_on
from tests.web.documents.samples import MADE_MS, pages_of


def test_times():
    assert moment(MADE_MS) == "2026-11-22 22:48:29 UTC+08:00"
    assert moment(MADE_MS, millis=True) == "2026-11-22 22:48:29.123 UTC+08:00"
    assert moment(7, UTC, millis=True) == "1970-01-01 00:00:00.007 UTC+00:00"
    assert moment(MADE_MS, timezone(-timedelta(hours=9, minutes=30))) == "2026-11-22 05:18:29 UTC-09:30"
    assert day(MADE_MS) == "2026-11-22"
    assert day(MADE_MS + 2 * 3_600_000) == "2026-11-23"


@pytest.mark.parametrize(
    ("colour", "text"),
    [("#000000", WHITE), ("#1f6f54", WHITE), ("#c00000", WHITE), ("#ffffff", INK), ("#ffd400", INK)],
)
def test_text_on_a_colour_can_be_read(colour, text):
    assert readable_on(colour) == text


def paper() -> Paper:
    sheet = Paper(title="卡迹", author="云上茶事", made_ms=MADE_MS)
    sheet.new_page()
    return sheet


def test_hostile_text_is_printed_plainly():
    sheet = paper()
    sheet.text(10, 10, "a\u202eb\x00\ud800c", Style(9))
    sheet.block(10, 20, 50, "李雷\n\u2066韩梅梅", Style(9))
    (text,) = pages_of(sheet.finish())
    assert "ab" in text
    assert text.endswith("c李雷韩梅梅")


def test_a_block_ends_where_its_lines_do():
    sheet, style = paper(), Style(10)
    assert sheet.block(10, 20, 50, "一\n二\n三", style) == pytest.approx(20 + 3 * style.step)
    assert all(sheet.width(line, style) <= 30 for line in sheet.lines("债权转让通知" * 10, 30, style))


def test_every_page_keeps_its_fonts_when_turned_back_to():
    sheet = paper()
    sheet.text(10, 10, "一", Style(9))
    sheet.new_page()
    sheet.text(10, 10, "mono", Style(7, mono=True))
    for number in sheet.on_every_page():
        sheet.turn_to(number)
        sheet.text(10, 280, f"第{number}页", Style(9))
    assert pages_of(sheet.finish()) == ["一第1页", "mono第2页"]


def test_with_the_fonts_as_they_are_installed():
    """Everything else here is written with fonts that are cut down."""

    def written() -> bytes:
        sheet = Paper(title="卡迹", author="云上茶事", made_ms=MADE_MS, fonts=find_fonts())
        sheet.new_page()
        sheet.text(10, 10, "债权转让", Style(9))
        sheet.text(10, 20, "一式两份", Style(9, bold=True))
        sheet.text(10, 30, "ch-0O1l", Style(9, mono=True))
        return sheet.finish()

    first = written()
    assert pages_of(first) == ["债权转让一式两份ch-0O1l"]
    assert written() == first
