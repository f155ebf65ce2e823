"""Looking around: what is on offer, one card with its proof and its seller's record, and what cards went for."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cardtrail.client.errors import NodeUnavailable, NotFound, NotPublished, ProofError
from cardtrail.pricing.history import Day
from cardtrail.pricing.likeness import size_of
from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.cards.views.proof import verifier_key
from cardtrail.web.ledger.link import link
from cardtrail.web.ledger.models import Card, Product
from cardtrail.web.market import access, bands, browsing, buying, standings, words
from cardtrail.web.market.models import Offer, Talk
from cardtrail.web.market.proofs import state_proof
from cardtrail.web.ui.charts import Series, line_chart
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import SHARE
from cardtrail.wire.products import Transferable

log = logging.getLogger(__name__)

ROOM_BP = 500
"""So much room is below the lowest price of a chart, rounded to as much: from nothing on, every line would be flat."""

SIZES = (
    Text("¥200 以内", "Up to ¥200"),
    Text("¥200 – ¥700", "¥200 – ¥700"),
    Text("¥700 以上", "Above ¥700"),
)


@open_without_second_factor
@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """Cards on offer, filtered and sorted, a page at a time."""
    person = access.visitor(request)
    kinds = [
        one
        for one in Product.objects.order_by("name", "pk")[:100]
        if one.terms.transferable is Transferable.SALE
    ]
    form = browsing.Filter(request.GET, kinds)
    rows = form.apply(browsing.on_offer(person).select_related("group"))
    page = page_of(rows, request, browsing.PER_PAGE)
    found = list(page.object_list)
    sold = browsing.sold_by([listing.seller_id for listing in found])
    shown = {
        "form": form,
        "page": page,
        "rows": [(listing, sold.get(listing.seller_id, 0)) for listing in found],
        "me": None if person is None else person.pk,
    }
    return render(request, "market/browse.html", shown)


@open_without_second_factor
@require_safe
def listing(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """One card on offer."""
    found = access.visible_listing(request, listing_id)
    person = access.visitor(request)
    known = bands.sales(found.currency)
    band = bands.band_of_listing(found, known)
    offer = buying.agreed(person, found) if person is not None and found.open else None
    shown = {
        "listing": found,
        "stage": words.STAGES[found.stage],
        "record": standings.record_of(found.seller),
        "band": band,
        "reason": bands.reason_of(band),
        "chart": _chart(bands.days(found.currency, size_of(found.balance_minor), known)),
        "mine": person is not None and person.pk == found.seller_id,
        "offer": offer,
        "talk": None if person is None else Talk.objects.filter(listing=found, buyer=person).first(),
        "vkey": verifier_key() if person is not None and found.open else "",
        "kept_for_me": offer is not None and offer.kept_until_ms is not None,
        "waiting": person is not None
        and Offer.objects.filter(listing=found, buyer=person, stage="open").exists(),
    }
    return render(request, "market/listing.html", shown)


@require_safe
@never_cache
@login_required
def listing_proof(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """The proof of the card's balance and state as JSON; 503 while there is none to be had. Nothing of its past: see
    `proofs`."""
    found = access.visible_listing(request, listing_id)
    card = Card.objects.select_related("product").filter(serial=found.serial).first()
    if card is None or not found.open:
        return JsonResponse({}, status=404)
    try:
        return JsonResponse(state_proof(link().client, card.serial, defined_in=card.product.entry).record())
    except ProofError:
        # Nobody is shown a proof that does not hold; the operator has to see it.
        log.exception("the node's proof of card %d does not hold", card.serial)
    except (NodeUnavailable, NotFound, NotPublished) as error:
        log.info("no proof of card %d just now (%s)", card.serial, type(error).__name__)
    return JsonResponse({}, status=503)


@open_without_second_factor
@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """What cards went for, day by day, for everybody."""
    currency = "CNY"
    known = bands.sales(currency)
    charts = [(name, _chart(bands.days(currency, size, known))) for size, name in enumerate(SIZES)]
    return render(request, "market/prices.html", {"charts": charts})


def _chart(days: list[Day]) -> str:
    """The median price as a share of the balance; empty where too few days are public."""
    if len(days) < 2:
        return ""
    labels = [_short(day.day) for day in days]
    series = Series(
        Text("成交价占余额", "Price as a share of the balance"), tuple(day.median_bp for day in days)
    )
    title = Text("每天的中间成交价", "Median price of each day")
    floor = max(min(series.values) - ROOM_BP, 0) // ROOM_BP * ROOM_BP
    return line_chart(title, labels, [series], SHARE, places=[day.day for day in days], floor=floor)


def _short(day: int) -> Text:
    """A day without its year, as an axis has room for it."""
    at = date(1970, 1, 1) + timedelta(days=day)
    return Text(f"{at.month}月{at.day}日", f"{at.day} {_MONTHS[at.month - 1]}")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
