"""A brand's batch file: which cards to issue. Read as a whole; every bad line is named, and then nothing is issued.

CSV in UTF-8 with the columns `product`, `face` (yuan), `count`, `kind` (named or anonymous, 记名 or 不记名).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cardtrail.cli.failures import Misuse
from cardtrail.cli.terms import CURRENCY, face_limit_minor
from cardtrail.wire.money import format_money, parse_money
from cardtrail.wire.products import Product
from cardtrail.wire.text import is_plain_text

COLUMNS = ("product", "face", "count", "kind")
KINDS = {"named": True, "anonymous": False, "记名": True, "不记名": False}
MAX_NAME_CHARS = 80
MAX_CARDS = 1_000_000
"""In one file. More are better issued in several: their codes have to be kept, printed and handed out too."""

MAX_FLAWS_SHOWN = 50

FORMULA = ("=", "+", "-", "@")
"""What the file of codes, which people open in a spreadsheet, must not have at the beginning of a cell."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: so many cards of a product and face."""

    line: int
    product: str
    face_minor: int
    count: int
    named: bool


def read_batch(file: Path) -> list[Row]:
    """The lines of a batch file. Raises `Misuse` that names every bad line."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Misuse(f"{file} is not UTF-8 text; save it as CSV UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    flaws: list[str] = []
    try:
        header = tuple(cell.strip().lower() for cell in next(reader, []))
        if header != COLUMNS:
            raise Misuse(f"{file}: the first line must be {','.join(COLUMNS)}")
        ended = reader.line_num
        for cells in reader:
            # A cell in quotes may run over several lines: the first of them is named.
            line, ended = ended + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            found = list(_flaws(cells))
            flaws += [f"  line {line}: {flaw}" for flaw in found]
            if not found:
                rows.append(_row(line, cells))
    except csv.Error as error:
        flaws.append(f"  line {reader.line_num}: {error}")
    flaws += _contradictions(rows)
    if sum(row.count for row in rows) > MAX_CARDS:
        flaws.append(f"  the whole: more than {MAX_CARDS:,} cards; divide the file")
    raise_flaws(file, flaws)
    if not rows:
        raise Misuse(f"{file} has no cards in it")
    return rows


def raise_flaws(file: Path, flaws: list[str]) -> None:
    """One error for everything that is wrong with a file. Raises `Misuse` if anything is."""
    if flaws:
        more = len(flaws) - MAX_FLAWS_SHOWN
        rest = [f"  and {more:,} more"] if more > 0 else []
        lines = "\n".join([*flaws[:MAX_FLAWS_SHOWN], *rest])
        raise Misuse(f"{file} cannot be issued, and nothing of it was:\n{lines}")


def unfit_for(rows: Iterable[Row], products: Iterable[Product]) -> list[str]:
    """Lines that do not fit a product of that name which the ledger has already."""
    known = {product.name: product.terms for product in products}
    flaws = []
    for row in rows:
        terms = known.get(row.product)
        if terms is None:
            continue
        if terms.named is not row.named:
            kind = "named" if terms.named else "anonymous"
            flaws.append(
                f"  line {row.line}: the ledger has {row.product} as {kind}; give this one another name"
            )
        elif terms.currency != CURRENCY:
            flaws.append(f"  line {row.line}: the ledger has {row.product} in {terms.currency}")
        elif row.face_minor not in terms.faces:
            faces = ", ".join(format_money(face, terms.currency) for face in terms.faces)
            flaws.append(f"  line {row.line}: {row.product} has only the faces {faces}")
    return flaws


def name_fault(name: str) -> str | None:
    """What is wrong with a product's name, if anything is."""
    if not 1 <= len(name) <= MAX_NAME_CHARS or not is_plain_text(name):
        return f"a product's name has 1 to {MAX_NAME_CHARS} characters, all of them visible, and no space at its ends"
    if name.startswith(FORMULA):
        return f"a product's name does not begin with any of {' '.join(FORMULA)}: spreadsheets take it for a formula"
    return None


def _flaws(cells: list[str]) -> Iterator[str]:
    if len(cells) != len(COLUMNS):
        yield f"it has {len(cells)} columns, not {len(COLUMNS)}"
        return
    product, face, count, kind = (cell.strip() for cell in cells)
    fault = name_fault(product)
    if fault is not None:
        yield fault
    named = KINDS.get(kind.lower())
    if named is None:
        yield f"the kind is named or anonymous, not {kind!r}"
    if not (count.isascii() and count.isdigit() and 1 <= int(count[:9]) <= MAX_CARDS):
        yield f"the count is a whole number from 1 to {MAX_CARDS:,}, not {count!r}"
    try:
        face_minor = parse_money(face, CURRENCY)
    except ValueError as error:
        yield f"the face: {error}"
        return
    if face_minor == 0:
        yield "the face is nothing"
    if named is not None and face_minor > face_limit_minor(named=named):
        limit = format_money(face_limit_minor(named=named), CURRENCY)
        yield f"{'a named' if named else 'an anonymous'} card bears at most {limit}"


def _row(line: int, cells: list[str]) -> Row:
    product, face, count, kind = (cell.strip() for cell in cells)
    return Row(line, product, parse_money(face, CURRENCY), int(count), KINDS[kind.lower()])


def _contradictions(rows: list[Row]) -> list[str]:
    first: dict[str, Row] = {}
    flaws = []
    for row in rows:
        before = first.setdefault(row.product, row)
        if before.named is not row.named:
            flaws.append(f"  line {row.line}: {row.product} is of another kind in line {before.line}")
    return flaws
