"""What a page may show of the market to whom, decided in one place."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.market import groups
from cardtrail.web.market.models import Group, Listing, Offer, Talk

Row = TypeVar("Row")

SHOWN = frozenset(("listed", "reserved", "sold"))
"""Others see a listing while it is offered or being bought, and that it is sold."""


def own_listing(request: HttpRequest, listing_id: UUID) -> Listing:
    """A listing of whoever is signed in. Raises `Http404`."""
    found = Listing.objects.select_related("decision", "group", "seller").filter(
        pk=listing_id, seller_id=request.user.pk
    )
    return _first(found.first())


def visible_listing(request: HttpRequest, listing_id: UUID) -> Listing:
    """A listing that this visitor may look at. Raises `Http404`: of one in a group that they are not in, nobody learns
    whether it exists."""
    listing = Listing.objects.select_related("seller", "group").filter(pk=listing_id).first()
    person = visitor(request)
    if listing is None or not groups.may_see(person, listing):
        raise Http404
    mine = person is not None and listing.seller_id == person.pk
    if listing.stage not in SHOWN and not mine and not _knows(person, listing):
        raise Http404
    return listing


def own_talk(request: HttpRequest, talk_id: UUID) -> Talk:
    """A talk of whoever is signed in. Raises `Http404`."""
    person = person_of(request)
    talks = Talk.objects.select_related("listing", "listing__group", "buyer", "seller")
    talk = _first(talks.filter(pk=talk_id).first())
    if person.pk not in {talk.buyer_id, talk.seller_id}:
        raise Http404
    return talk


def own_offer(request: HttpRequest, offer_id: UUID) -> Offer:
    """An offer that whoever is signed in made or got. Raises `Http404`."""
    offer = _first(Offer.objects.select_related("talk", "listing").filter(pk=offer_id).first())
    if request.user.pk not in {offer.buyer_id, offer.talk.seller_id}:
        raise Http404
    return offer


def own_group(request: HttpRequest, group_id: UUID) -> Group:
    """A group that whoever is signed in owns or is in. Raises `Http404`."""
    return _first(groups.of(person_of(request)).filter(pk=group_id).first())


def visitor(request: HttpRequest) -> Person | None:
    """Who is signed in, if anybody is."""
    return person_of(request) if request.user.is_authenticated else None


def _knows(person: Person | None, listing: Listing) -> bool:
    """Whether they have talked about it: then they still see how it ended."""
    return person is not None and Talk.objects.filter(listing=listing, buyer=person).exists()


def _first(row: Row | None) -> Row:
    if row is None:
        raise Http404
    return row
