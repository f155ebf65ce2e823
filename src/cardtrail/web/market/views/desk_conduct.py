"""From an order or a listing to the case in which somebody's conduct is looked into."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from cardtrail.deals.regions import Side
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.market import desk_conduct
from cardtrail.web.market.desk_looks import look_at_order
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.refusals import NotPossible


@staff_only("risk")
@require_POST
def of_order(request: HttpRequest, number: UUID, side: str) -> HttpResponse:
    """The case about one side of an order; opened the first time."""
    deal = get_object_or_404(Deal.objects.select_related("buyer", "seller"), pk=number)
    try:
        whose = Side(side)
    except ValueError:
        raise Http404 from None
    look_at_order(request, deal)
    return _case(
        request,
        lambda: desk_conduct.of_order(deal, whose, person_of(request)),
        back=("market:desk_order", deal.number),
    )


@staff_only("risk")
@require_POST
def of_listing(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """The case about a listing's seller; opened the first time."""
    listing = get_object_or_404(Listing.objects.select_related("seller"), pk=listing_id)
    look_at_card(request, listing.serial)
    return _case(
        request,
        lambda: desk_conduct.of_listing(listing, person_of(request)),
        back=("market:desk_listing", str(listing.pk)),
    )


def _case(request: HttpRequest, opened: Callable[[], Case], *, back: tuple[str, str]) -> HttpResponse:
    try:
        case = opened()
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
        return redirect(*back)
    return redirect("desk:case", case.number)
