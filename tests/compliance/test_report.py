"""The quarterly report."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest

from cardtrail.compliance.custody import IssuerKind, Owed
from cardtrail.compliance.dates import Calendar, Date, Quarter
from cardtrail.compliance.report import HEADINGS, Flows, QuarterReport, report_due, report_rows

REPORT = QuarterReport(
    IssuerKind.BRAND,
    Quarter(2026, 1),
    opening_fen=100_000_00,
    flows=Flows(issued_fen=50_000_00, redeemed_fen=30_000_05, refunded_fen=5_00, voided_fen=1_000_00),
    closing=Owed(119_004_95, 19_004_90),
    deposit_fen=30_000_00,
    cover_fen=10_000_00,
)


def test_a_report_states_what_is_required_and_what_is_missing():
    assert REPORT.closing.counted_fen == 100_000_05
    assert REPORT.required_fen == 40_000_02
    assert REPORT.shortfall_fen == 2
    assert REPORT.ratio_bp == 3999
    assert dataclasses.replace(REPORT, cover_fen=10_000_02).shortfall_fen == 0
    assert dataclasses.replace(REPORT, cover_fen=99_000_00).shortfall_fen == 0


def test_nothing_owed_has_no_ratio():
    flows = dataclasses.replace(REPORT.flows, voided_fen=120_004_95)
    empty = dataclasses.replace(REPORT, flows=flows, closing=Owed(0, 0))
    assert empty.ratio_bp is None
    assert empty.required_fen == 0
    assert report_rows([empty])[1][-2] == ""


@pytest.mark.parametrize("name", ["issued_fen", "redeemed_fen", "refunded_fen", "voided_fen"])
def test_figures_that_do_not_add_up_do_not_leave_the_house(name):
    flows = dataclasses.replace(REPORT.flows, **{name: getattr(REPORT.flows, name) + 1})
    with pytest.raises(ValueError, match="count them again"):
        dataclasses.replace(REPORT, flows=flows)


def test_the_rows_of_a_table():
    chinese, row = report_rows([REPORT])
    english, again = report_rows([REPORT], english=True)
    assert chinese == tuple(heading.zh for heading in HEADINGS)
    assert english == tuple(heading.en for heading in HEADINGS)
    assert row == (
        "2026-Q1", "2026-01-01", "2026-03-31", "品牌发卡企业", "100000.00", "50000.00", "30000.05", "5.00", "1000.00",
        "119004.95", "19004.90", "100000.05", "30000.00", "10000.00", "40", "40000.02", "39.99", "0.02",
    )  # fmt: skip
    assert again == (*row[:3], "brand issuer", *row[4:])
    written = io.StringIO()
    csv.writer(written).writerows(report_rows([REPORT, REPORT]))
    assert [tuple(line) for line in csv.reader(io.StringIO(written.getvalue()))] == [chinese, row, row]


def test_who_reports_and_until_when():
    quarter = Quarter(2026, 1)
    for kind in (IssuerKind.GROUP, IssuerKind.BRAND):
        assert report_due(kind, quarter, Calendar()) == Date(2026, 4, 28)
    assert report_due(IssuerKind.LARGE_SINGLE, quarter, Calendar()) is None


def test_holidays_move_the_due_date():
    quarter = Quarter(2026, 1)
    one_off = Calendar(frozenset((Date(2026, 4, 6),)))
    assert report_due(IssuerKind.BRAND, quarter, one_off) == Date(2026, 4, 29)
    # Worked on the Sunday in exchange.
    exchanged = Calendar(frozenset((Date(2026, 4, 6),)), frozenset((Date(2026, 4, 12),)))
    assert report_due(IssuerKind.BRAND, quarter, exchanged) == Date(2026, 4, 28)
