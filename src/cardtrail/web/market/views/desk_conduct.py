"""From an order or a listing to the case in which somebody's conduct is looked into, where a penalty can follow."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import penalising
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.market.desk_looks import look_at_order
from cardtrail.web.market.desk_separation import OWN
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.texts import Text

_ORDER: Final = Text(
    "订单 {number} 的{side}：核查其行为，必要时处罚。",
    "Order {number}, its {side}: look into their conduct, and penalise it where that is called for.",
)
_LISTING: Final = Text(
    "商品 {number} 的卖家：核查其行为，必要时处罚。",
    "Listing {number}, its seller: look into their conduct, and penalise it where that is called for.",
)
_SIDES: Final = {"buyer": Text("买家", "buyer"), "seller": Text("卖家", "seller")}


@staff_only("risk")
@require_POST
def of_order(request: HttpRequest, number: UUID, side: str) -> HttpResponse:
    """The case about one side of an order; opened the first time."""
    deal = get_object_or_404(Deal.objects.select_related("buyer", "seller"), pk=number)
    if side not in _SIDES:
        raise Http404
    person: Person = deal.buyer if side == "buyer" else deal.seller
    look_at_order(request, deal)
    text = _ORDER.format(number=deal.number, side=_SIDES[side])
    return _case(request, person, f"order/{deal.number}", text, back=("market:desk_order", deal.number))


@staff_only("risk")
@require_POST
def of_listing(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """The case about a listing's seller; opened the first time."""
    listing = get_object_or_404(Listing.objects.select_related("seller"), pk=listing_id)
    look_at_card(request, listing.serial)
    text = _LISTING.format(number=listing.pk)
    back = ("market:desk_listing", str(listing.pk))
    return _case(request, listing.seller, f"listing/{listing.pk}", text, back=back)


def _case(
    request: HttpRequest, person: Person, about: str, text: Text, *, back: tuple[str, str]
) -> HttpResponse:
    staff = person_of(request)
    if staff.pk == person.pk:
        messages.error(request, str(OWN))
        return redirect(*back)
    reference = sha256(f"cardtrail/conduct/{about}/{person.pk}".encode()).digest()
    case = penalising.conduct_case(person, reference, text, staff)
    return redirect("desk:case", case.number)
