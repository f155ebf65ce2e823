"""Buying: one page with the very words that are agreed to, one click, then the order's page."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cardtrail.deals.codes import Code
from cardtrail.payments.port import Provider
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards.once import new_token
from cardtrail.web.market import access, buying
from cardtrail.web.market.models import Listing, Offer
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.market.stopping import stop_page
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.refusals import NO_PAYEE


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def buy(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """What will happen; with a POST it happens."""
    listing = access.visible_listing(request, listing_id)
    person = person_of(request)
    if listing.seller_id == person.pk:
        return redirect("market:selling", listing.pk)
    mine = _my_order(listing, person.pk)
    if mine is not None:
        return redirect("market:order", mine.number)
    ways = buying.ways_to_pay(listing)
    offer = buying.agreed(person, listing)
    price_minor = listing.price_minor if offer is None else offer.price_minor
    if not ways:
        messages.warning(request, str(NO_PAYEE))
        return redirect("market:listing", listing.pk)
    if request.method == "POST":
        return _bought(request, listing, ways, offer)
    try:
        terms = buying.terms(request, listing, price_minor, [way.name for way in ways])
    except NotPossible as refusal:
        messages.warning(request, str(refusal.text))
        return redirect("market:listing", listing.pk)
    shown = [(way, providers.name_of(way.name), each) for way, each in zip(ways, terms, strict=True)]
    values = {
        "listing": listing,
        "offer": offer,
        "price_minor": price_minor,
        "ways": shown,
        "token": new_token(),
    }
    return render(request, "market/buy.html", values)


def _bought(
    request: HttpRequest, listing: Listing, ways: Sequence[Provider], offer: Offer | None
) -> HttpResponse:
    try:
        purchase = buying.Purchase(
            listing_id=listing.pk,
            shown_version=_number(request, "version"),
            price_minor=_number(request, "price_minor"),
            provider=request.POST.get("provider", ways[0].name),
            inspection_ms=_number(request, "inspection_ms"),
            offer_id=offer.pk if offer is not None and request.POST.get("offer") == str(offer.pk) else None,
        )
        deal = buying.buy(request, purchase)
    except NotPossible as refusal:
        if refusal.code != Code.LISTING_RESERVED.code:  # That its page says by itself.
            messages.warning(request, str(refusal.text))
        again = refusal.code == buying.PACE_CHANGED
        return redirect("market:buy" if again else "market:listing", listing.pk)
    except buying.Stopped as stopped:
        back = reverse("market:buy", args=[listing.pk])
        return stop_page(request, stopped.asked, back)
    return redirect("market:order", deal.number)


def _my_order(listing: Listing, person_id: UUID) -> Deal | None:
    """The order by which this person is buying it already: the same click twice."""
    return Deal.objects.filter(listing=str(listing.pk), buyer_id=person_id, reserves=True).first()


def _number(request: HttpRequest, name: str) -> int:
    """A number that our own form holds; one that fits nothing if it does not."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0
