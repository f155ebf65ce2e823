"""Listings on the desk: what risk holds, one listing, and what is decided about it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from cardtrail.deals.parameters import LIMITS_CURRENCY
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import penalising
from cardtrail.web.desk.access import staff_behind, staff_only
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.sections import show
from cardtrail.web.market import desk_listings, screening, stages, words
from cardtrail.web.market.desk_case import Weighed
from cardtrail.web.market.desk_tabs import LISTINGS, show_tab
from cardtrail.web.market.models import Listing
from cardtrail.web.market.standings import record_of
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text

_DONE = Text("已处理，卖家会看到。", "Done; the seller sees it.")


@staff_only(*LISTINGS.roles)
@require_safe
def listings(request: HttpRequest) -> HttpResponse:
    """What waits for a person before it is offered, the oldest first."""
    return show_tab(
        request, LISTINGS, "market/desk/listings.html", {"page": page_of(screening.waiting(), request)}
    )


@staff_only(*CASE_READERS)
@require_safe
def listing_page(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """One listing: the card, the price, what risk said with all its values. Looking is written down."""
    return _page(request, _listing(listing_id), desk_listings.ActForm())


@staff_only("support", "risk")
@require_POST
def act(request: HttpRequest, listing_id: UUID, act: str) -> HttpResponse:
    """Decide about a listing."""
    found = _listing(listing_id)
    if act not in desk_listings.ACTS:
        raise Http404
    form = desk_listings.ActForm(request.POST, reasoned=desk_listings.ACTS[act].reasoned)
    if act not in desk_listings.possible(found, staff_behind(request)):
        messages.error(request, str(Text("现在不能这样做。", "That cannot be done now.")))
        return redirect("market:desk_listing", listing_id)
    if not form.is_valid():
        return _page(request, found, form, 422)
    try:
        desk_listings.do(request, found, person_of(request), act, form)
    except NotPossible as refusal:
        messages.error(request, str(refusal.text))
    else:
        messages.success(request, str(_DONE))
    return redirect("market:desk_listing", listing_id)


def _page(
    request: HttpRequest, listing: Listing, form: desk_listings.ActForm, status: int = 200
) -> HttpResponse:
    look_at_card(request, listing.serial)
    staff = staff_behind(request)
    acts = desk_listings.possible(listing, staff)
    values = {
        "listing": listing,
        "held": stages.is_held(listing),
        "stage": words.STAGES.get(listing.stage),
        "why": words.why(listing.why),
        "delisted_by": desk_listings.delisted_by(listing),
        "weighed": [Weighed.of(listing.decision)],
        "acts": acts,
        "reasoned": any(each.reasoned for each in acts.values()),
        "hindrance": desk_listings.hindrance(listing, staff.person) if acts else None,
        "form": form,
        "record": record_of(listing.seller),
        "currency": LIMITS_CURRENCY,
        "may_penalise": staff.may_change(*penalising.ROLES),
    }
    return show(request, "market/desk/listing.html", values, status=status)


def _listing(pk: UUID) -> Listing:
    rows = Listing.objects.select_related("decision", "seller")
    found: Listing = get_object_or_404(rows, pk=pk)
    return found
