"""Tables as CSV that spreadsheets open as what they are: UTF-8 with a byte order mark, so that Excel reads Chinese, and
no cell that a spreadsheet would run as a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

Cell = str | int | None
"""A text, a number, or nothing. Card numbers are texts in groups: a spreadsheet would round sixteen digits."""

_STARTS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The file. Raises `ValueError` for a row with more or fewer cells than the header."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([defuse(name) for name in header])
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row of {len(row)} cells under a header of {len(header)}")
        writer.writerow([defuse(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig", "replace")


def defuse(cell: Cell) -> str:
    """The cell's text; one that would start a formula gets an apostrophe in front, which spreadsheets take for "text".

    The marks are those of OWASP's "CSV Injection" and their full-width forms, also behind blanks, which some programs
    skip. A plain number stays one, with its sign.
    """
    text = "" if cell is None else str(cell)
    first = text.lstrip(" \u00a0\u3000")[:1]
    return f"'{text}" if first in _STARTS_FORMULA and first and not _NUMBER.fullmatch(text) else text
