"""The quarterly report: the figures of `compliance.report`, all of them, on paper and as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from hashlib import sha256

import pytest

from cardtrail.compliance.custody import IssuerKind, Owed
from cardtrail.compliance.dates import Date, Quarter
from cardtrail.compliance.report import HEADINGS, Flows, QuarterReport
from cardtrail.web.documents.quarterly_report import (
    Particulars,
    ProductFigures,
    quarterly_csv,
    quarterly_report,
)
from tests.web.documents.samples import ISSUER, MADE_MS, pages_of, squeezed

REPORT = QuarterReport(
    kind=IssuerKind.BRAND,
    quarter=Quarter(2026, 3),
    opening_fen=1_000_000_00,
    flows=Flows(500_000_00, 300_000_01, 10_00, 20_00),
    closing=Owed(1_199_989_99, 199_989_99),
    deposit_fen=400_000_00,
    cover_fen=12_345,
)
PARTICULARS = Particulars(
    filing_number="330100AAC0017",
    due=Date(2026, 11, 3),
    custodian="杭州某银行",
    deposit_as_of_ms=MADE_MS,
    cards_issued=8123,
    cards_with_balance=24_810,
    transfers=3120,
    products=(
        ProductFigures("四季礼品卡", 20_000, 1_000_000_00),
        ProductFigures("企业福利卡", 4_810, 199_989_99),
    ),
    log_name="cards.example/log",
    log_size=1_234_567,
    log_root=sha256(b"root").digest(),
    as_of_ms=MADE_MS,
)


def text_of(report=REPORT, particulars=PARTICULARS) -> str:
    return "".join(pages_of(quarterly_report(report, particulars, issuer=ISSUER, made_ms=MADE_MS)))


def test_what_it_says():
    text = text_of()
    for words in (
        "单用途预付卡季度报告 2026年第3季度", "Quarterly report on prepaid cards, 2026 Q3",
        ISSUER.legal_name, "品牌发卡企业", "330100AAC0017", "2026-11-03",
        "¥1,000,000.00", "+¥500,000.00", "−¥300,000.01", "+¥10.00", "−¥20.00", "¥1,199,989.99", "¥199,989.99",
        "8,123", "24,810", "3,120",
        "杭州某银行", "2026-11-22 22:48:29 UTC+08:00", "¥400,000.00", "¥123.45", "40%", "40.01%",
        "缺口 Shortfall 无 none",
        "四季礼品卡", "20,000", "企业福利卡",
        "cards.example/log", "1,234,567", PARTICULARS.log_root.hex(), "¥400,123.45",
    ):  # fmt: skip
        assert squeezed(words) in text, words


def test_a_shortfall_is_told():
    short = replace(REPORT, deposit_fen=0)
    assert squeezed("缺口 Shortfall ¥399,876.55") in text_of(short)


def test_what_is_not_known_is_said():
    empty = QuarterReport(IssuerKind.LARGE_SINGLE, Quarter(2026, 1), 0, Flows(0, 0, 0, 0), Owed(0, 0), 0, 0)
    nothing = replace(
        PARTICULARS, filing_number="", due=None, custodian="", deposit_as_of_ms=None, products=(), log_size=0
    )
    text = text_of(empty, nothing)
    for words in (
        "备案编号 Filing number 未填写 not given",
        "无须报送 none",
        "尚无 none yet",
        "Custody ratio —",
    ):
        assert squeezed(words) in text
    assert "按产品" not in text


def test_products_that_do_not_add_up_are_not_printed():
    wrong = replace(PARTICULARS, products=(ProductFigures("四季礼品卡", 1, 1),))
    with pytest.raises(ValueError, match="do not add up"):
        text_of(particulars=wrong)


def test_many_products_and_long_names():
    each, count = 119_998_999 // 101, 100
    lines = tuple(
        ProductFigures(f"产品{number}，" + "名字很长" * 20, number, each) for number in range(count)
    )
    rest = ProductFigures("其他", 1, 119_998_999 - each * count)
    text = text_of(particulars=replace(PARTICULARS, products=(*lines, rest)))
    assert all(f"产品{number}，名字" in text for number in range(count))


def test_the_same_values_give_the_same_bytes():
    first, second = (quarterly_report(REPORT, PARTICULARS, issuer=ISSUER, made_ms=MADE_MS) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("english", [False, True])
def test_the_table(english):
    data = quarterly_csv([REPORT, REPORT], english=english)
    heading, first, second = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert heading == [words.en if english else words.zh for words in HEADINGS]
    assert first == second
    assert first[0] == "2026-Q3"
    assert first[3] == ("brand issuer" if english else "品牌发卡企业")
    assert first[9] == "1199989.99"
