"""Quarterly reports."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from cardtrail.client.errors import ProofError
from cardtrail.compliance.dates import Calendar, Quarter
from cardtrail.compliance.report import report_due
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.issuer import issuer_kind
from cardtrail.web.desk.reports import quarters, report_of, report_pdf
from cardtrail.web.desk.sections import show
from cardtrail.web.documents.fonts import FontMissing
from cardtrail.web.documents.quarterly_report import quarterly_csv
from cardtrail.web.ledger.link import LedgerAway
from cardtrail.web.ui.errors import unavailable

_NO_HOLIDAYS = Calendar(frozenset(), frozenset())


@staff_only("finance", "auditor")
def reports(request: HttpRequest) -> HttpResponse:
    """All quarters, the present one first."""
    kind = issuer_kind()
    rows = [
        {"report": report_of(quarter), "due": report_due(kind, quarter, _NO_HOLIDAYS)}
        for quarter in quarters()
    ]
    return show(request, "desk/reports.html", {"rows": rows, "kind": kind.value})


@staff_only("finance", "auditor")
def table(request: HttpRequest) -> HttpResponse:
    """All quarters as a table for spreadsheets."""
    english = request.LANGUAGE_CODE == "en"
    data = quarterly_csv([report_of(quarter) for quarter in quarters()], english=english)
    return _file(data, "text/csv; charset=utf-8", "quarterly-reports.csv")


@staff_only("finance", "auditor")
def document(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """One quarter as a document."""
    quarter = Quarter(year, number)
    if quarter not in quarters():
        raise Http404
    try:
        data = report_pdf(quarter)
    except (LedgerAway, ProofError, FontMissing):
        return unavailable(request)
    return _file(data, "application/pdf", f"quarterly-report-{year}-q{number}.pdf")


def _file(data: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type=content_type, headers=headers)
