"""Fonts: the simplified Chinese face of a collection, by name and not by luck; a clear word where there is none."""

from __future__ import annotations

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

from cardtrail.web.documents.fonts import FontMissing, find_fonts

CHINESE = "债权转让¥0A"


def make_font(family: str, chars: str) -> TTFont:
    builder = FontBuilder(1000, isTTF=True)
    names = {ord(char): f"g{ord(char)}" for char in chars}
    glyphs = [".notdef", *names.values()]
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap(names)
    pen = TTGlyphPen(None)
    builder.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    return builder.font


@pytest.fixture
def folder(tmp_path):
    make_font("Plain Latin", "0A¥").save(tmp_path / "latin.ttf")
    make_font("Some Hei", CHINESE).save(tmp_path / "hei.ttf")
    make_font("Some Hei Bold", CHINESE).save(tmp_path / "heavy.ttf")
    collection = TTCollection()
    collection.fonts = [
        make_font(name, CHINESE) for name in ("Han JP", "Han Mono SC", "Han TC", "Han SC", "Han KR")
    ]
    collection.save(tmp_path / "han.ttc")
    (tmp_path / "text.ttf").write_text("no font")
    (tmp_path / "text.ttc").write_bytes(b"ttcf no font")
    return tmp_path


def test_the_simplified_faces_of_a_collection(folder):
    fonts = find_fonts({}, [(str(folder / "han.ttc"), "han.ttc")])
    assert (fonts.regular.number, fonts.bold.number, fonts.mono.number) == (3, 3, 1)


def test_unusable_files_are_passed_over(folder):
    searched = [
        (str(folder / name), name) for name in ("none.ttc", "text.ttf", "text.ttc", "latin.ttf", "hei.ttf")
    ]
    fonts = find_fonts({}, [(str(folder), "hei.ttf"), *searched])
    assert fonts.regular.path == folder / "hei.ttf"


def test_without_a_bold_one_the_regular_stands_in(folder):
    assert find_fonts({}, [(str(folder / "hei.ttf"), "heavy.ttf")]).bold.path == folder / "heavy.ttf"
    fonts = find_fonts({}, [(str(folder / "hei.ttf"), "latin.ttf")])
    assert fonts.regular == fonts.bold == fonts.mono


def test_the_variable_comes_first(folder):
    han = [(str(folder / "han.ttc"), "han.ttc")]
    fonts = find_fonts({"CARDTRAIL_FONT": str(folder / "hei.ttf")}, han)
    assert fonts.regular.path == fonts.bold.path == folder / "hei.ttf"
    both = f"{folder / 'hei.ttf'}:{folder / 'heavy.ttf'}"
    assert find_fonts({"CARDTRAIL_FONT": both}, han).bold.path == folder / "heavy.ttf"


@pytest.mark.parametrize("named", ["latin.ttf", "none.ttf", "text.ttc", ":hei.ttf", "hei.ttf:latin.ttf"])
def test_a_variable_that_names_no_chinese_font_is_not_passed_over(folder, named):
    value = ":".join(str(folder / name) if name else "" for name in named.split(":"))
    with pytest.raises(FontMissing, match="CARDTRAIL_FONT names"):
        find_fonts({"CARDTRAIL_FONT": value}, [(str(folder / "hei.ttf"), "hei.ttf")])


def test_none_at_all_says_what_to_install(folder):
    with pytest.raises(FontMissing, match=r"fonts-noto-cjk.*CARDTRAIL_FONT"):
        find_fonts({}, [(str(folder / "latin.ttf"), "latin.ttf")])


def test_a_font_installed_later_is_found(folder):
    later = folder / "later.ttf"
    with pytest.raises(FontMissing):
        find_fonts({}, [(str(later), "later.ttf")])
    make_font("Later", CHINESE).save(later)
    assert find_fonts({}, [(str(later), "later.ttf")]).regular.path == later
