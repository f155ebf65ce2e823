"""The market in numbers, for staff."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cardtrail.pricing.baseline import SOURCE
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.tables import csv_answer
from cardtrail.web.market import desk_figures
from cardtrail.web.market.desk_exports import TABLES
from cardtrail.web.market.desk_tabs import FIGURES, show_tab
from cardtrail.web.ui.texts import Text


@staff_only(*FIGURES.roles)
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
        "files": [(what, each.title) for what, each in TABLES.items()],
        "source": Text(SOURCE.zh, SOURCE.en),
    }
    return show_tab(request, FIGURES, "market/desk/figures.html", values)


@staff_only(*FIGURES.roles)
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The same as files for spreadsheets: orders by day, or what `?what=` names."""
    what = request.GET.get("what") or "orders"
    wanted = TABLES.get(what)
    if wanted is None:
        raise Http404
    rows = wanted.rows(desk_figures.since(_span(request)))
    return csv_answer([str(name) for name in wanted.head], rows, f"market-{what}.csv")


def _span(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, desk_figures.SPANS) else desk_figures.SPANS[1]
