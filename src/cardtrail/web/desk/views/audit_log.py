"""The table of everything that staff did."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cardtrail.web.desk import audit_log
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.models import Staff
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.tables import csv_answer, iso
from cardtrail.web.ui.clock import DAY_MS, SHANGHAI
from cardtrail.web.ui.pages import page_of, sorting
from cardtrail.web.ui.texts import Text

COLUMNS = {"at": "at_ms", "who": "who_id", "sort": "sort"}
HEAD = (
    Text("时间（UTC）", "Time (UTC)"),
    Text("工作人员", "Member of staff"),
    Text("类别", "Sort"),
    Text("操作", "What"),
    Text("涉及", "About"),
)


@staff_only("admin", "auditor")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """What staff did; filtered, sorted, in pages."""
    by = sorting(request, COLUMNS, "-at")
    rows = audit_log.Rows(audit_log.acts(**_asked(request), order=by.order_by[0]))
    shown = {
        "page": page_of(rows, request, 50),
        "sorting": by,
        "sorts": audit_log.SORTS,
        "people": Staff.objects.select_related("person").order_by("person__name", "pk"),
        "chosen": {name: request.GET.get(name, "") for name in ("sort_of", "who", "since", "until")},
        "query": request.GET.urlencode(),
        "unlinked": audit_log.unlinked(staff_behind(request)),
    }
    return show(request, "desk/audit.html", shown)


@staff_only("admin", "auditor")
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The same as a file for spreadsheets."""
    by = sorting(request, COLUMNS, "-at")
    query = audit_log.acts(**_asked(request), order=by.order_by[0])
    rows = (
        [iso(line.at_ms), line.who, str(line.sort_text), str(line.what), line.about]
        for line in audit_log.all_lines(query)
    )
    return csv_answer([str(name) for name in HEAD], rows, "audit-log.csv")


def _asked(request: HttpRequest) -> dict[str, Any]:
    since, until = _day(request.GET.get("since", "")), _day(request.GET.get("until", ""))
    return {
        "sort": request.GET.get("sort_of", ""),
        "who": _person(request.GET.get("who", "")),
        "since_ms": since,
        "until_ms": None if until is None else until + DAY_MS,
    }


def _day(text: str) -> int | None:
    """When a civil day begins; none for what is not one."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return int(datetime.datetime.combine(day, datetime.time(), SHANGHAI).timestamp()) * 1000


def _person(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""
