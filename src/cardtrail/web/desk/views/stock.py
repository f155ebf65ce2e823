"""Stock: how many cards stand where, for all products or for a range of numbers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.issuing_forms import RangeForm
from cardtrail.web.desk.sections import show
from cardtrail.web.desk.shelf import in_spans, states_of
from cardtrail.web.desk.views.products import may_issue
from cardtrail.web.ledger.models import Card, Product
from cardtrail.wire.cards import Status


@staff_only("issuing", "auditor")
@require_safe
def stock(request: HttpRequest) -> HttpResponse:
    """Counts by state of each product; with `?first=&last=`, only of cards from one number to another."""
    form = RangeForm(request.GET if "first" in request.GET else None)
    cards = Card.objects.all()
    if form.is_bound:
        span = (form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else None
        cards = in_spans([span] if span else [])
    rows = [
        {
            "product": product,
            "currency": product.terms.currency,
            "states": states_of(cards.filter(product_id=product.id)),
        }
        for product in Product.objects.order_by("id")
    ]
    rows = [row for row in rows if row["states"]]
    values = {
        "form": form,
        "rows": rows,
        "waiting": form.is_bound and cards.filter(status=Status.INACTIVE).exists(),
        "may_issue": may_issue(request),
    }
    return show(request, "desk/batches/stock.html", values)
