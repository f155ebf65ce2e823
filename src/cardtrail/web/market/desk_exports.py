"""The market's figures as tables for spreadsheets, each by its name. Sums and counts alone: no table says of whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cardtrail.web.documents.tables import Cell
from cardtrail.web.market import desk_figures
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import percent
from cardtrail.wire.money import exponent

Rows = Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """A file: what it is called, the names of its columns, and its rows since a moment."""

    title: Text
    head: tuple[Text, ...]
    rows: Callable[[int], Rows]


_WHAT: Final = Text("项目", "What")
_COUNT: Final = Text("笔数", "Orders")
_VALUE: Final = Text("金额（元）", "Value (yuan)")


def _orders(since_ms: int) -> Rows:
    for day, counts, value_minor in desk_figures.days(since_ms):
        ends = [counts.get(end, 0) for end in desk_figures.ENDS]
        yield [day, *ends, counts.get("under_way", 0), _money(value_minor)]


def _success(since_ms: int) -> Rows:
    ours = desk_figures.success(since_ms)
    yield [
        str(Text("本集市（托管）", "This market (escrow)")),
        ours.opened,
        ours.completed,
        ours.under_way,
        _share(ours.share_bp),
    ]
    for name, share_bp in desk_figures.REPORTED:
        yield [str(name), None, None, None, _share(share_bp)]


def _prices(since_ms: int) -> Rows:
    for price in desk_figures.prices(since_ms):
        shares = (price.low_bp, price.middle_bp, price.high_bp)
        reported = (price.reported.second_hand, price.reported.dealer)
        yield [str(price.size), price.sales, *map(_share, shares), *map(_range, reported)]


def _times(since_ms: int) -> Rows:
    for name, times in (
        (Text("付款到账 → 卡到手", "Paid → card in the wallet"), desk_figures.delivering(since_ms)),
        (Text("下单 → 结清", "Ordered → settled"), desk_figures.settling(since_ms)),
    ):
        yield [str(name), times.count, _seconds(times.median_ms), _seconds(times.p95_ms)]


def _disputes(since_ms: int) -> Rows:
    found = desk_figures.disputes(since_ms)
    yield [str(Text("了结的订单", "Orders that ended")), found.of_ended]
    yield [str(Text("其中有争议", "Of these disputed")), found.count]
    for name, count in found.outcomes:
        yield [str(Text("争议结果：{end}", "Disputed, then: {end}").format(end=name)), count]


def _losses(since_ms: int) -> Rows:
    found = desk_figures.losses(since_ms)
    back, refunded = found.reversed_count, found.refunded_count
    yield [str(Text("被银行撤回", "Taken back by banks")), back, _money(found.reversed_minor)]
    yield [str(Text("争议后退款", "Refunded after disputes")), refunded, _money(found.refunded_minor)]
    yield [str(Text("卖家未结清", "Owed by sellers")), None, _money(found.owed_minor)]


def _motives(since_ms: int) -> Rows:
    for name, count in desk_figures.motives(since_ms):
        yield [str(name), count]


TABLES: Final = {
    "orders": Table(
        Text("每日订单", "Orders by day"),
        (Text("日期", "Day"), *desk_figures.ENDS.values(), Text("进行中", "Under way"), _VALUE),
        _orders,
    ),
    "success": Table(
        Text("成功率", "Success"),
        (
            Text("方式", "Way"),
            Text("下单", "Opened"),
            Text("完成", "Completed"),
            Text("进行中", "Under way"),
            Text("成功率", "Success"),
        ),
        _success,
    ),
    "prices": Table(
        Text("价格", "Prices"),
        (
            Text("大小", "Size"),
            Text("成交", "Sales"),
            Text("低价", "Low"),
            Text("中位数", "Median"),
            Text("高价", "High"),
            Text("二手价", "Second-hand"),
            Text("收卡商价", "Dealers"),
        ),
        _prices,
    ),
    "times": Table(
        Text("用时", "Times"),
        (_WHAT, _COUNT, Text("中位数（秒）", "Median (s)"), Text("95% 不超过（秒）", "95% within (s)")),
        _times,
    ),
    "disputes": Table(Text("争议", "Disputes"), (_WHAT, _COUNT), _disputes),
    "losses": Table(Text("损失", "Losses"), (_WHAT, _COUNT, _VALUE), _losses),
    "motives": Table(
        Text("出售原因", "Why sellers sell"), (Text("原因", "Why"), Text("张数", "Cards")), _motives
    ),
}
"""Every file, by the name by which it is asked for."""


def _money(amount_minor: int) -> str:
    """A number: spreadsheets add up no currency signs."""
    places = exponent(desk_figures.CURRENCY)
    whole, rest = divmod(amount_minor, 10**places)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)


def _seconds(length_ms: int | None) -> str:
    return "" if length_ms is None else f"{length_ms // 1000}.{length_ms % 1000:03d}"


def _share(share_bp: int | None) -> str:
    return "" if share_bp is None else percent(share_bp)


def _range(shares: tuple[int, int]) -> str:
    return f"{percent(shares[0])} – {percent(shares[1])}"
