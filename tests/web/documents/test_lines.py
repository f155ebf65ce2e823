"""Lines of Chinese and Latin text: nothing lost, nothing too wide, no mark where it must not stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.web.documents.lines import break_lines, plain, shorten
from tests.web.documents.samples import squeezed


def measure(text: str) -> float:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def lines(text: str, width: float) -> list[str]:
    return break_lines(text, width, measure)


@given(st.text("卡债，。（）“” ab1.,\n", max_size=60), st.integers(6, 20))
def test_nothing_is_lost_or_too_wide(text, width):
    found = lines(text, width)
    assert squeezed("".join(found)) == squeezed(text)
    assert all(measure(line) <= width for line in found)


@pytest.mark.parametrize(
    ("text", "width", "found"),
    [
        ("", 10, [""]),
        ("卡迹卡迹", 4, ["卡迹", "卡迹"]),
        ("卡迹卡，迹", 6, ["卡迹", "卡，迹"]),
        ("卡迹（卡）", 6, ["卡迹", "（卡）"]),
        ("one two three", 7, ["one two", "three"]),
        ("卡card迹", 6, ["卡card", "迹"]),
        ("卡号cards", 6, ["卡号", "cards"]),
        ("0123456789", 4, ["0123", "4567", "89"]),
        ("a\n\nb", 4, ["a", "", "b"]),
        ("is it? (yes)", 6, ["is it?", "(yes)"]),
    ],
)
def test_where_lines_end(text, width, found):
    assert lines(text, width) == found


def test_what_a_page_must_not_obey():
    assert plain("a\u202eb\u200bc\x00d\te\nf") == "abc d e\nf"
    assert plain("x\ud800y") == "x\ufffdy"
    assert plain("李雷 é 𠮷 👩\u200d👧") == "李雷 é 𠮷 👩\u200d👧"


def test_shortened():
    assert shorten("卡迹", 4, measure) == "卡迹"
    assert shorten("卡迹卡迹", 5, measure) == "卡迹…"
    assert shorten("one two", 5, measure) == "one…"
    assert shorten("卡迹", 0, measure) == "…"
