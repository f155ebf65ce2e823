"""The desk's first page: the one number that matters, and how it came about."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from cardtrail.web.desk import approving
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.figures import SPANS, charts
from cardtrail.web.desk.issuer import issuer_kind
from cardtrail.web.desk.sections import show
from cardtrail.web.ledger.models import Position, Totals

_BP_OF_PERCENT = 100


@staff_only()
def home(request: HttpRequest) -> HttpResponse:
    """What is owed, what lies in custody, what moves."""
    asked = request.GET.get("days", "")
    span = int(asked) if asked in map(str, SPANS) else SPANS[1]
    target_bp = issuer_kind().percent * _BP_OF_PERCENT
    currencies = [
        {"totals": totals, "charts": charts(totals, span, target_bp)}
        for totals in Totals.objects.filter(issued__gt=0).order_by("currency")
    ]
    awaiting = approving.waiting_for(staff_behind(request)).count()
    values = {
        "currencies": currencies,
        "awaiting": awaiting,
        "span": span,
        "spans": SPANS,
        "target_bp": target_bp,
        "place": Position.objects.filter(id=1).first(),
    }
    return show(request, "desk/home.html", values)
