"""Which names are plain text: a rule of its own, not the interpreter's tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.wire.text import is_plain_text

EDGES = [
    (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200F), (0x2028, 0x202F), (0x2060, 0x206F),
    (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), EDGES)
def test_what_cannot_be_seen_is_refused_up_to_its_edges(low, high):
    for code in (low, high):
        assert not is_plain_text(f"a{chr(code)}b")
    for code in {low - 1, high + 1} - {-1}:
        refused = any(first <= code <= last for first, last in EDGES)
        assert is_plain_text(f"a{chr(code)}b") is not refused


@pytest.mark.parametrize("name", ["Spring", "春节", "Été", "a b", "Null\u00a0Uhr", "\u3000", "💳", "ลูกค้า"])
def test_names_people_give(name):
    assert is_plain_text(name)


@pytest.mark.parametrize("name", [" a", "a ", " "])
def test_spaces_around_a_name(name):
    assert not is_plain_text(name)


@pytest.mark.parametrize("code", [0x1FAE8, 0x1C89, 0x0378, 0x10FFFF, 0xE000])
def test_characters_that_some_tables_do_not_know(code):
    """U+1FAE8 came with Unicode 15 (Python 3.12), U+1C89 with 16 (3.14), U+0378 is not assigned: all are taken."""
    assert is_plain_text(chr(code))


@given(st.characters(exclude_categories=["Cs"]))
def test_each_character_by_the_list(char):
    refused = char == " " or any(low <= ord(char) <= high for low, high in EDGES)
    assert is_plain_text(char) is not refused
