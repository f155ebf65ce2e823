"""The market in numbers, for staff."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cardtrail.pricing.baseline import SOURCE
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.tables import csv_answer
from cardtrail.web.documents.tables import Cell
from cardtrail.web.market import desk_figures
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import percent
from cardtrail.wire.money import format_money

_HEAD = (Text("日期", "Day"), *desk_figures.ENDS.values(), Text("进行中", "Under way"), Text("金额", "Value"))
_PRICES = (
    Text("大小", "Size"), Text("成交", "Sales"), Text("低价", "Low"), Text("中位数", "Median"), Text("高价", "High"),
    Text("二手价", "Second-hand"), Text("收卡商价", "Dealers"),
)  # fmt: skip


@staff_only("finance", "risk", "auditor")
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How often it succeeds, how long it takes, at what prices, what goes wrong."""
    span = _span(request)
    since_ms = desk_figures.since(span)
    values = {
        "span": span,
        "spans": desk_figures.SPANS,
        "success": desk_figures.success(since_ms),
        "reported": desk_figures.REPORTED,
        "settling": desk_figures.settling(since_ms),
        "delivering": desk_figures.delivering(since_ms),
        "prices": desk_figures.prices(since_ms),
        "disputes": desk_figures.disputes(since_ms),
        "losses": desk_figures.losses(since_ms),
        "motives": desk_figures.motives(since_ms),
        "charts": desk_figures.charts(since_ms),
        "currency": desk_figures.CURRENCY,
        "source": Text(SOURCE.zh, SOURCE.en),
    }
    return show(request, "market/desk/figures.html", values)


@staff_only("finance", "risk", "auditor")
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The same as files for spreadsheets: orders by day, or with `?what=prices` prices by size."""
    since_ms = desk_figures.since(_span(request))
    if request.GET.get("what") == "prices":
        return csv_answer([str(name) for name in _PRICES], _prices(since_ms), "market-prices.csv")
    rows = (_day(*each) for each in desk_figures.days(since_ms))
    return csv_answer([str(name) for name in _HEAD], rows, "market-orders.csv")


def _day(day: str, counts: Mapping[str, int], value_minor: int) -> list[Cell]:
    ends = [counts.get(end, 0) for end in desk_figures.ENDS]
    return [day, *ends, counts.get("under_way", 0), format_money(value_minor, desk_figures.CURRENCY)]


def _prices(since_ms: int) -> list[list[Cell]]:
    return [
        [
            str(price.size),
            price.sales,
            *(
                "" if share is None else percent(share)
                for share in (price.low_bp, price.middle_bp, price.high_bp)
            ),
            _range(price.reported.second_hand),
            _range(price.reported.dealer),
        ]
        for price in desk_figures.prices(since_ms)
    ]


def _range(shares: tuple[int, int]) -> str:
    return f"{percent(shares[0])} – {percent(shares[1])}"


def _span(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, desk_figures.SPANS) else desk_figures.SPANS[1]
