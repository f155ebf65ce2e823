"""Reading a file of cards from a brand's former system: CSV as spreadsheets write it, headers in Chinese or English.

Nothing here knows the database. What is wrong is said by line, and never with a number or code in it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cardtrail.compliance.dates import Date, day_number, day_start_ms
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import parse_money

MOST_BYTES: Final = 1024 * 1024
MOST_ROWS: Final = 2_000
SHORTEST_CODE: Final = 4

_HEADERS: Final = {
    "number": frozenset(("卡号", "旧卡号", "number", "card number", "old number", "card")),
    "code": frozenset(("卡密", "密码", "旧卡密", "code", "old code", "pin", "password")),
    "balance": frozenset(("余额", "balance")),
    "face": frozenset(("面值", "原面值", "face", "face value", "original value")),
    "expires": frozenset(("有效期", "有效期至", "到期日", "expiry", "expires", "expiry date", "valid until")),
}
_NEEDED: Final = ("number", "code", "balance")
_DATE = re.compile(r"(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?")
_ROUNDED = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)


class Unreadable(ValueError):  # noqa: N818 - it names what is wrong
    """The file as a whole cannot be read. `text` says what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Row:
    """A card of the former system. The repr hides number and code.

    face_minor   as the file says, none where it does not
    expires_ms   the end of its last day in China
    """

    line: int
    number: str = field(repr=False)
    code: str = field(repr=False)
    balance_minor: int
    face_minor: int | None
    expires_ms: int | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line."""

    line: int
    text: Text


def read(content: bytes, currency: str) -> tuple[list[Row], list[Problem]]:
    """The rows that can be read, and what is wrong with the others. Raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable(
            Text("文件不能超过 1 MB，请分成几份。", "The file may have 1 MB at most; divide it.")
        )
    lines = _lines(_decoded(content))
    _, names = next(lines, (0, []))
    columns = _columns(names)
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) + len(problems) >= MOST_ROWS:
            raise Unreadable(
                Text(
                    "一次最多 {most} 行，请分成几份。", "Up to {most} rows at once; divide the file."
                ).format(most=f"{MOST_ROWS:,}")
            )
        found = _row(line, cells, columns, currency)
        if isinstance(found, Row):
            rows.append(found)
        else:
            problems.append(found)
    if not rows and not problems:
        raise Unreadable(Text("文件里没有卡。", "There are no cards in the file."))
    return rows, problems


def normal(text: str) -> str:
    """A number or code as one and the same however it is typed: width, case, spaces and dashes do not count."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(
        Text("无法识别编码，请另存为 UTF-8 的 CSV。", "The encoding is unknown; save it as CSV in UTF-8.")
    )


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin at."""
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        raise Unreadable(
            Text(
                "第 {n} 行起不是 CSV，请检查引号。", "From line {n} on this is no CSV; look at the quotes."
            ).format(n=begins)
        ) from None


def _columns(names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        plain = " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())
        for column, known in _HEADERS.items():
            if plain in known:
                if column in found:
                    raise Unreadable(
                        Text("表头“{name}”出现了两次。", "The header “{name}” is there twice.").format(
                            name=plain
                        )
                    )
                found[column] = place
    missing = [column for column in _NEEDED if column not in found]
    if missing:
        raise Unreadable(
            Text(
                "第一行应是表头：卡号、卡密、余额，可加 面值、有效期。",
                "The first line has the headers: number, code, balance, and if you like face, expires.",
            )
        )
    return found


def _row(line: int, cells: list[str], columns: dict[str, int], currency: str) -> Row | Problem:
    def cell(name: str) -> str:
        place = columns.get(name)
        # A spreadsheet's mark for "this is text" is not part of the value.
        return "" if place is None or place >= len(cells) else cells[place].strip().removeprefix("'").strip()

    number, code = normal(cell("number")), normal(cell("code"))
    if _ROUNDED.fullmatch(cell("number")) or _ROUNDED.fullmatch(cell("code")):
        return Problem(
            line,
            Text(
                "卡号或卡密被表格软件改成了科学计数，请按文本导出。",
                "A spreadsheet has rounded the number or code; export them as text.",
            ),
        )
    if not number:
        return Problem(line, Text("缺少卡号。", "There is no number."))
    if len(code) < SHORTEST_CODE:
        return Problem(line, Text("卡密少于 4 位。", "The code has fewer than 4 characters."))
    balance, face = (
        _amount(cell("balance"), currency),
        _amount(cell("face"), currency) if cell("face") else None,
    )
    if balance is None or (cell("face") and face is None):
        return Problem(line, Text("余额或面值不是金额。", "Balance or face value is no amount."))
    if not balance:
        return Problem(line, Text("余额为零，无需导入。", "Nothing is on it; it need not come in."))
    if face is not None and face < balance:
        return Problem(line, Text("余额大于面值。", "The balance is above the face value."))
    expires = _end_of_day(cell("expires")) if cell("expires") else None
    if cell("expires") and expires is None:
        return Problem(
            line,
            Text("有效期不是日期，请写成 2027-03-31。", "The expiry is no date; write it like 2027-03-31."),
        )
    return Row(line, number, code, balance, face, expires)


def _amount(text: str, currency: str) -> int | None:
    try:
        return parse_money(unicodedata.normalize("NFKC", text).removesuffix("元").strip(), currency)
    except ValueError:
        return None


def _end_of_day(text: str) -> int | None:
    """The last moment of a day in China."""
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text.split(" ", maxsplit=1)[0]))
    if match is None:
        return None
    date = Date(*(int(part) for part in match.groups()))
    try:
        day_number(date)
    except ValueError:
        return None
    return day_start_ms(date) + DAY_MS - 1
