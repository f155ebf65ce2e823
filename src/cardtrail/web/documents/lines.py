"""Breaking text of Chinese and Latin letters into lines.

Between two Chinese characters a line may end anywhere, but not before a closing mark nor after an opening one (GB/T
15834, Unicode UAX 14); a Latin word stays whole unless it is longer than a line, as hashes and keys are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_CLOSING = set("，。、；：？！）》」』】〉”’…·%,.;:?!)]}")
_OPENING = set("（《「『【〈“‘([{")
_PIECES = re.compile(r" +|[^ ]")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_KEPT_FORMAT_CHARS = {"\u200d"}


def plain(text: str) -> str:
    """The text without what a printed page cannot show, or must not obey: control characters become blanks, marks that
    turn the direction of writing go, lone surrogates become U+FFFD.
    """
    return "".join(_shown(char) for char in text)


def break_lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Lines no wider than `width`, as `measure` has it; a newline in the text ends a line. At least one line."""
    return [line for part in text.split("\n") for line in _fill(_atoms(part), width, measure)]


def shorten(text: str, width: float, measure: Callable[[str], float]) -> str:
    """The text if it fits, otherwise its beginning with an ellipsis."""
    if measure(text) <= width:
        return text
    while text and measure(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    if category == "Cc":
        return char if char == "\n" else " "
    return "" if category == "Cf" and char not in _KEPT_FORMAT_CHARS else char


def _atoms(text: str) -> list[str]:
    """What is never broken: a Latin word, a Chinese character with the marks that belong to it, a blank."""
    atoms: list[str] = []
    for piece in _PIECES.findall(text):
        last = atoms[-1] if atoms else " "
        joined = (
            not last.isspace()
            and not piece.isspace()
            and (
                piece in _CLOSING or last[-1] in _OPENING or not (_WIDE.match(piece) or _WIDE.match(last[-1]))
            )
        )
        if joined:
            atoms[-1] += piece
        else:
            atoms.append(piece)
    return atoms


def _fill(atoms: list[str], width: float, measure: Callable[[str], float]) -> list[str]:
    lines = [""]
    for atom in atoms:
        for piece in _cut(atom, width, measure):
            if lines[-1] and measure(lines[-1] + piece.rstrip()) > width:
                lines[-1] = lines[-1].rstrip()
                lines.append(piece.lstrip())
            else:
                lines[-1] += piece
    lines[-1] = lines[-1].rstrip()
    return lines


def _cut(atom: str, width: float, measure: Callable[[str], float]) -> list[str]:
    if measure(atom) <= width:
        return [atom]
    pieces = [""]
    for char in atom:
        if pieces[-1] and measure(pieces[-1] + char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces
