"""CSV: a cell is what it says, never a formula; Excel reads the Chinese."""

from __future__ import annotations

import csv
import io

import pytest

from cardtrail.web.documents.tables import defuse, write_csv


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1+1", "－2+3", "＠x", "  =1", "\u3000=1",  # noqa: E501
        "=HYPERLINK(\"https://evil.example\")", "-", "+", "-1-", "+86 139", "--1", "-.5", "-1e5", "=",
    ],
)  # fmt: skip
def test_formulas_are_defused(cell):
    assert defuse(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "卡", "1", "-1", "+1.50", "-1,000.00", "a=b", "a@b.example", "1-2", "¥1", " 1", "'x"]
)
def test_plain_cells_stay(cell):
    assert defuse(cell) == cell


def test_numbers_and_nothing():
    assert [defuse(cell) for cell in (-5, 0, 10**15, None)] == ["-5", "0", "1000000000000000", ""]


def test_the_file():
    data = write_csv(("名称", "=n"), [('四季,“礼品”卡\n"x"', -5), ("=1", None)])
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows == [["名称", "'=n"], ['四季,“礼品”卡\n"x"', "-5"], ["'=1", ""]]
    assert data.endswith(b"\r\n")


def test_a_lone_surrogate_does_not_stop_an_export():
    assert b"x?y" in write_csv(("n",), [("x\ud800y",)])


@pytest.mark.parametrize("row", [(), ("a",), ("a", "b", "c")])
def test_rows_fit_the_header(row):
    with pytest.raises(ValueError, match="header"):
        write_csv(("a", "b"), [row])
