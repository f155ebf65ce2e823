"""Fenced code blocks of a Markdown document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(
    r"^(?P<before>[^\n]*\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
_SKIP = re.compile(r"<!-- not run: (?P<reason>[^>]+) -->")
_EXTERNAL = re.compile(r"<!-- external: (?P<program>\S+) -->")


class Block(NamedTuple):
    """A code block: its language, its text, its line; why it is not run, or which foreign program it needs."""

    language: str
    code: str
    line: int
    skipped: str | None
    needs: str | None


def blocks(path: Path) -> list[Block]:
    """All fenced blocks of a document, in order. On the line before one, a comment `<!-- not run: why -->`
    exempts it, and `<!-- external: program -->` says that it needs another project's program."""
    text = path.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        skip, external = _SKIP.search(match["before"] or ""), _EXTERNAL.search(match["before"] or "")
        line = text.count("\n", 0, match.start("code"))
        reason, needs = skip["reason"] if skip else None, external["program"] if external else None
        found.append(Block(match["language"], match["code"], line, reason, needs))
    return found
