"""The quarterly report of a card issuer as a document and as a table: what it issued, what it owes, what lies in
custody, and the log that proves it.

The figures and what they must add up to are `compliance.report`'s; this file sets them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from cardtrail.compliance.dates import Date
from cardtrail.compliance.report import QuarterReport, report_rows
from cardtrail.web.documents.fonts import Fonts
from cardtrail.web.documents.letter import INNER, MARGIN, MONO, NOTE, VALUE, Both, Letter
from cardtrail.web.documents.paper import BEIJING, TINT, WIDTH, Issuer, Style, moment
from cardtrail.web.documents.tables import write_csv
from cardtrail.wire.money import format_money

_CURRENCY = "CNY"
_ROW = 7.0


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """One product at the end of the quarter: its cards with a balance, and what they hold together."""

    name: str
    cards: int
    outstanding_fen: int


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the document says besides the report's figures.

    filing_number       under which the issuer is filed; empty if it has none yet
    due                 the last day to hand it in; none if the issuer need not report
    custodian           the bank's name
    deposit_as_of_ms    the moment of its last statement; none if there is none
    cards_issued, transfers   within the quarter
    cards_with_balance  at its end
    log_name, log_size, log_root   the checkpoint that the figures were taken at, and `as_of_ms` its time
    """

    filing_number: str
    due: Date | None
    custodian: str
    deposit_as_of_ms: int | None
    cards_issued: int
    cards_with_balance: int
    transfers: int
    products: tuple[ProductFigures, ...]
    log_name: str
    log_size: int
    log_root: bytes
    as_of_ms: int


def quarterly_report(
    report: QuarterReport,
    particulars: Particulars,
    *,
    issuer: Issuer,
    made_ms: int,
    zone: tzinfo = BEIJING,
    fonts: Fonts | None = None,
) -> bytes:
    """The PDF. Raises `ValueError` for products that do not add up to the closing balance, `FontMissing`."""
    products_fen = sum(line.outstanding_fen for line in particulars.products)
    if particulars.products and products_fen != report.closing.outstanding_fen:
        raise ValueError("the products' balances do not add up to the closing balance: count them again")
    year, number = report.quarter.year, report.quarter.number
    title = Both(
        f"单用途预付卡季度报告 {year}年第{number}季度", f"Quarterly report on prepaid cards, {year} Q{number}"
    )
    letter = Letter(title=title, issuer=issuer, made_ms=made_ms, zone=zone, fonts=fonts)
    kind = report.kind.value
    letter.row(Both("发卡企业", "Issuer"), issuer.party)
    letter.row(Both("企业类型", "Kind"), f"{kind.zh} {kind.en}")
    letter.row(Both("备案编号", "Filing number"), particulars.filing_number or "未填写 not given")
    due = "无须报送 none" if particulars.due is None else str(particulars.due)
    letter.row(Both("报送期限", "Due"), due)
    letter.row(Both("数据截至", "As of"), moment(particulars.as_of_ms, zone))
    letter.gap(6)
    _headline(letter, report)
    _flows(letter, report, particulars)
    _custody(letter, report, particulars, zone)
    _products(letter, particulars)
    _source(letter, particulars)
    return letter.finish()


def quarterly_csv(reports: Iterable[QuarterReport], *, english: bool = False) -> bytes:
    """One row a report, in yuan, under headings in one language."""
    heading, *rows = report_rows(reports, english)
    return write_csv(heading, rows)


def _headline(letter: Letter, report: QuarterReport) -> None:
    figures = (
        (Both("预收资金余额", "Owed to holders"), _yuan(report.closing.counted_fen)),
        (Both("存管资金、保险与保函", "Deposit and cover"), _yuan(report.deposit_fen + report.cover_fen)),
        (Both(f"存管比例（不低于 {report.kind.percent}%）", "Custody ratio"), _percent(report.ratio_bp)),
    )
    paper, width = letter.paper, (INNER - 8) / 3
    letter.need(23)
    for place, (label, value) in enumerate(figures):
        x = MARGIN + place * (width + 4)
        paper.fill(x, letter.y, width, 21, TINT)
        size = 16.0
        while size > 7 and paper.width(value, Style(size, bold=True)) > width - 8:
            size -= 0.5
        paper.text(x + 4, letter.y + 6, label.zh, Style(8.5))
        paper.text(x + 4, letter.y + 9.6, label.en, NOTE)
        paper.text(x + 4, letter.y + 17.3, value, Style(size, bold=True))
    letter.gap(23)


def _flows(letter: Letter, report: QuarterReport, particulars: Particulars) -> None:
    letter.heading(Both("余额变动", "How the balance changed"), keep=60)
    flows, closing = report.flows, report.closing
    _figure(letter, Both("期初未兑付余额", "Outstanding at the start"), _yuan(report.opening_fen), bold=True)
    _figure(letter, Both("本季发行", "Issued"), f"+{_yuan(flows.issued_fen)}")
    _figure(letter, Both("退款到卡", "Refunded to cards"), f"+{_yuan(flows.refunded_fen)}")
    _figure(letter, Both("本季消费", "Redeemed"), f"−{_yuan(flows.redeemed_fen)}")
    _figure(letter, Both("本季作废", "Voided"), f"−{_yuan(flows.voided_fen)}")
    _figure(
        letter, Both("期末未兑付余额", "Outstanding at the end"), _yuan(closing.outstanding_fen), bold=True
    )
    _figure(letter, Both("其中未激活", "Of which inactive"), _yuan(closing.inactive_fen))
    _figure(letter, Both("发行卡数", "Cards issued"), f"{particulars.cards_issued:,}")
    _figure(letter, Both("有余额卡数", "Cards with a balance"), f"{particulars.cards_with_balance:,}")
    _figure(letter, Both("转让次数", "Transfers"), f"{particulars.transfers:,}")


def _custody(letter: Letter, report: QuarterReport, particulars: Particulars, zone: tzinfo) -> None:
    letter.heading(Both("资金存管", "Custody of funds"), keep=50)
    as_of = particulars.deposit_as_of_ms
    stated = "尚无 none yet" if as_of is None else moment(as_of, zone)
    shortfall = report.shortfall_fen
    _figure(letter, Both("存管银行", "Custodian"), particulars.custodian or "未填写 not given")
    _figure(letter, Both("存管声明截至", "Stated as of"), stated)
    _figure(letter, Both("存管资金", "Deposit"), _yuan(report.deposit_fen))
    _figure(letter, Both("保险或保函", "Insurance or guarantee"), _yuan(report.cover_fen))
    _figure(letter, Both("法定比例", "Ratio by law"), f"{report.kind.percent}%")
    _figure(letter, Both("应存管", "Required"), _yuan(report.required_fen))
    verdict = _yuan(shortfall) if shortfall else "无 none"
    _figure(letter, Both("缺口", "Shortfall"), verdict, bold=True)


def _products(letter: Letter, particulars: Particulars) -> None:
    if not particulars.products:
        return
    letter.heading(Both("按产品", "By product"), keep=5.5 + 2 * _ROW)
    right = WIDTH - MARGIN - 2
    letter.paper.text(MARGIN + 2, letter.y + 4, "产品 Product", NOTE)
    letter.paper.text(right - 50, letter.y + 4, "有余额卡数 Cards with a balance", NOTE, "right")
    letter.paper.text(right, letter.y + 4, "未兑付余额 Outstanding", NOTE, "right")
    letter.gap(5.5)
    for line in particulars.products:
        letter.need(_ROW)
        y = letter.y + 4.9
        letter.paper.text(MARGIN + 2, y, letter.paper.short(line.name, 72, VALUE), VALUE)
        letter.paper.text(right - 50, y, f"{line.cards:,}", VALUE, "right")
        letter.paper.text(right, y, _yuan(line.outstanding_fen), VALUE, "right")
        letter.gap(_ROW)
        letter.paper.rule(MARGIN, letter.y, WIDTH - MARGIN, letter.y)


def _source(letter: Letter, particulars: Particulars) -> None:
    letter.heading(Both("数据来源", "Where the figures come from"), keep=34)
    letter.beside(
        Both(
            "余额、变动和存管声明都取自发卡方日志的条目。任何人重放日志到下列检查点，都会得到相同的数字。",
            "Balances, flows and the custodian's statements are entries of the issuer's log. Whoever replays the log "
            "up to this checkpoint arrives at the same figures.",
        )
    )
    letter.row(Both("日志", "Log"), particulars.log_name, MONO)
    letter.row(Both("条目数", "Entries"), f"{particulars.log_size:,}")
    letter.row(Both("根哈希", "Root hash"), particulars.log_root.hex(), MONO)


def _figure(letter: Letter, label: Both, value: str, *, bold: bool = False) -> None:
    letter.need(_ROW)
    y = letter.y + 4.9
    style = Style(9.5, bold=bold)
    letter.paper.text(MARGIN + 2, y, label.zh, style)
    letter.paper.text(MARGIN + 4 + letter.paper.width(label.zh, style), y, label.en, NOTE)
    room = INNER / 2
    letter.paper.text(WIDTH - MARGIN - 2, y, letter.paper.short(value, room, style), style, "right")
    letter.gap(_ROW)
    letter.paper.rule(MARGIN, letter.y, WIDTH - MARGIN, letter.y)


def _yuan(amount_fen: int) -> str:
    return format_money(amount_fen, _CURRENCY)


def _percent(basis_points: int | None) -> str:
    return "—" if basis_points is None else f"{basis_points // 100}.{basis_points % 100:02d}%"
