"""Fenced code blocks of a Markdown document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^(?P<before>[^\n]*\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_SKIP = re.compile(r"<!-- not run: (?P<reason>[^>]+) -->")


class Block(NamedTuple):
    """A code block: its language, its text, its line, and why it is not run, if it is not."""

    language: str
    code: str
    line: int
    skipped: str | None


def blocks(path: Path) -> list[Block]:
    """All fenced blocks of a document, in order. A comment `<!-- not run: why -->` on the line before exempts one."""
    text = path.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        skip = _SKIP.search(match["before"] or "")
        line = text.count("\n", 0, match.start("code"))
        found.append(Block(match["language"], match["code"], line, skip["reason"] if skip else None))
    return found
