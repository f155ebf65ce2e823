"""The guides for people name pages and buttons as they stand there, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
WEB = ROOT / "src" / "cardtrail" / "web"

PAIR = re.compile(r"\*([^*\n]+)\*\s\(([^()\n]+)\)")
ALONE = re.compile(r"(?<!\*)\*([^*\nA-Za-z]+)\*(?!\*)")
SAID = re.compile(r'"((?:[^"\\]|\\.)*)",?\s+"((?:[^"\\]|\\.)*)"')


def _said() -> set[tuple[str, str]]:
    """Every text of the pages: Chinese and English."""
    sources = [*WEB.rglob("*.html"), *WEB.rglob("*.py")]
    return {pair for path in sources for pair in SAID.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", ["market", "market-desk"])
def test_what_a_guide_names_is_there_under_both_names(name: str) -> None:
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    named = {(chinese, english) for english, chinese in PAIR.findall(text)}
    assert named, "the guide names pages"
    assert named - _said() == set()


def test_the_chinese_half_names_what_is_there() -> None:
    _, _, chinese = (GUIDES / "market.md").read_text(encoding="utf-8").partition("# 中文")
    named = set(ALONE.findall(chinese))
    assert named
    assert named - {zh for zh, _ in _said()} == set()
