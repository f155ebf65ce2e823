"""The quarterly report of what was issued, what is owed and what lies behind it.

A report on a quarter measures the deposit by the balance at that quarter's end, which is "last quarter's" balance from
the next day on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cardtrail.compliance.custody import IssuerKind, Owed, ratio_bp, required_deposit
from cardtrail.compliance.dates import Calendar, Date, Quarter, after_working_days
from cardtrail.compliance.numbers import REPORT_WORKING_DAYS
from cardtrail.compliance.refusal import amounts
from cardtrail.wire.words import Words

REPORTING_KINDS = frozenset((IssuerKind.GROUP, IssuerKind.BRAND))
"""Who has to report."""


def report_due(kind: IssuerKind, quarter: Quarter, calendar: Calendar) -> Date | None:
    """The last day on which the report of a quarter is in time: the twentieth working day after it. None for a kind of
    issuer that need not report."""
    if kind not in REPORTING_KINDS:
        return None
    return after_working_days(quarter.last, REPORT_WORKING_DAYS, calendar)


@dataclass(frozen=True, slots=True)
class Flows:
    """What happened within a quarter, each sum in fen and on its own.

    issued_fen    face values of new cards
    redeemed_fen  paid with cards, before refunds
    refunded_fen  came back onto cards
    voided_fen    ended for good, surrendered cards among them
    """

    issued_fen: int
    redeemed_fen: int
    refunded_fen: int
    voided_fen: int

    def __post_init__(self) -> None:
        amounts(
            issued_fen=self.issued_fen,
            redeemed_fen=self.redeemed_fen,
            refunded_fen=self.refunded_fen,
            voided_fen=self.voided_fen,
        )


@dataclass(frozen=True, slots=True)
class QuarterReport:
    """The report of one quarter. Raises `ValueError` if its figures do not add up: such a report must not leave the
    house.

    opening_fen  outstanding when the quarter began
    closing      what was outstanding and inactive when it ended
    deposit_fen  with the custodian bank when it ended
    cover_fen    insurance or guarantee when it ended
    """

    kind: IssuerKind
    quarter: Quarter
    opening_fen: int
    flows: Flows
    closing: Owed
    deposit_fen: int
    cover_fen: int

    def __post_init__(self) -> None:
        amounts(opening_fen=self.opening_fen, deposit_fen=self.deposit_fen, cover_fen=self.cover_fen)
        flows = self.flows
        ended_fen = self.opening_fen + flows.issued_fen - flows.redeemed_fen + flows.refunded_fen
        ended_fen -= flows.voided_fen
        if ended_fen != self.closing.outstanding_fen:
            raise ValueError(
                f"the flows of {self.quarter} lead to {ended_fen} fen outstanding, and "
                f"{self.closing.outstanding_fen} are stated: count them again"
            )

    @property
    def required_fen(self) -> int:
        """What has to lie in custody for the closing balance."""
        return required_deposit(self.kind, self.closing.counted_fen)

    @property
    def shortfall_fen(self) -> int:
        """What is missing; 0 where nothing is."""
        return max(0, self.required_fen - self.deposit_fen - self.cover_fen)

    @property
    def ratio_bp(self) -> int | None:
        """Deposit and cover as a share of what is owed, in basis points; none where nothing is owed."""
        return ratio_bp(self.deposit_fen + self.cover_fen, self.closing.counted_fen)


HEADINGS = (
    Words("季度", "Quarter"),
    Words("起始日", "First day"),
    Words("截止日", "Last day"),
    Words("发卡企业类型", "Kind of issuer"),
    Words("期初未兑付余额（元）", "Outstanding at the start (yuan)"),
    Words("发行（元）", "Issued (yuan)"),
    Words("消费（元）", "Redeemed (yuan)"),
    Words("退款到卡（元）", "Refunded (yuan)"),
    Words("作废（元）", "Voided (yuan)"),
    Words("期末未兑付余额（元）", "Outstanding at the end (yuan)"),
    Words("其中未激活（元）", "Of which inactive (yuan)"),
    Words("预收资金余额（元）", "Owed to holders (yuan)"),
    Words("存管资金（元）", "Deposit (yuan)"),
    Words("保险或保函（元）", "Insurance or guarantee (yuan)"),
    Words("法定比例（%）", "Ratio by law (%)"),
    Words("应存管（元）", "Required (yuan)"),
    Words("实际比例（%）", "Actual ratio (%)"),
    Words("缺口（元）", "Shortfall (yuan)"),
)
"""The columns of the report, in order."""


def report_cells(report: QuarterReport) -> tuple[Words, ...]:
    """The report as one row under `HEADINGS`. Amounts are plain yuan with two decimals, for spreadsheets."""
    ratio = report.ratio_bp
    plain = (
        str(report.quarter),
        str(report.quarter.first),
        str(report.quarter.last),
        None,
        _hundredths(report.opening_fen),
        _hundredths(report.flows.issued_fen),
        _hundredths(report.flows.redeemed_fen),
        _hundredths(report.flows.refunded_fen),
        _hundredths(report.flows.voided_fen),
        _hundredths(report.closing.outstanding_fen),
        _hundredths(report.closing.inactive_fen),
        _hundredths(report.closing.counted_fen),
        _hundredths(report.deposit_fen),
        _hundredths(report.cover_fen),
        str(report.kind.percent),
        _hundredths(report.required_fen),
        "" if ratio is None else _hundredths(ratio),
        _hundredths(report.shortfall_fen),
    )
    return tuple(report.kind.value if cell is None else Words(cell, cell) for cell in plain)


def report_rows(reports: Iterable[QuarterReport], english: bool = False) -> tuple[tuple[str, ...], ...]:
    """Heading and one row a report, as a CSV writer takes them."""
    rows = [HEADINGS, *map(report_cells, reports)]
    return tuple(tuple(cell.en if english else cell.zh for cell in row) for row in rows)


def _hundredths(value: int) -> str:
    return f"{value // 100}.{value % 100:02}"
