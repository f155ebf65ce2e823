"""The case in which somebody's conduct in an order, or with a listing, is looked into, and where a penalty can follow.
There is one of each, opened the first time."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from django.urls import reverse

from cardtrail.deals.regions import Side
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import origins, penalising
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.market.desk_kinds import READERS
from cardtrail.web.market.desk_separation import keep_apart
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.texts import Text

_ORDER: Final = Text(
    "订单 {number} 的{side}：核查其行为，必要时处罚。",
    "Order {number}, its {side}: look into their conduct, and penalise it where that is called for.",
)
_LISTING: Final = Text(
    "出售尾号 {last} 的卡，卖家：核查其行为，必要时处罚。",
    "Listing of card …{last}, its seller: look into their conduct, and penalise it where that is called for.",
)
_SIDES: Final = {Side.BUYER: Text("买家", "buyer"), Side.SELLER: Text("卖家", "seller")}


def connect() -> None:
    """Say once where a case leads back to."""
    page = origins.Origin(
        Text("订单", "Order"), lambda name: reverse("market:desk_order", args=[name]), READERS
    )
    origins.know("order", page)
    origins.know(
        "listing",
        origins.Origin(
            Text("出售的卡", "Listing"),
            lambda name: reverse("market:desk_listing", args=[name]),
            CASE_READERS,
        ),
    )
    origins.know(
        "held",
        origins.Origin(
            Text("被拦下的操作", "What was held"),
            lambda name: reverse("market:desk_held", args=[name]),
            CASE_READERS,
        ),
    )


def of_order(deal: Deal, side: Side, staff: Person) -> Case:
    """The case about one side of an order. Raises `NotPossible` for one's own and for a friend's."""
    person: Person = deal.buyer if side is Side.BUYER else deal.seller
    text = _ORDER.format(number=deal.number, side=_SIDES[side])
    return _case(person, _of_order(deal), text, staff)


def of_listing(listing: Listing, staff: Person) -> Case:
    """The case about a listing's seller. Raises `NotPossible` for one's own and for a friend's."""
    return _case(listing.seller, f"listing/{listing.pk}", _LISTING.format(last=listing.last_four), staff)


def known(deal: Deal) -> dict[Side, Case]:
    """The cases about the sides of an order that there are."""
    people = {Side.BUYER: deal.buyer, Side.SELLER: deal.seller}
    names = {_reference(_of_order(deal), person): side for side, person in people.items()}
    return {names[bytes(case.reference)]: case for case in Case.objects.filter(reference__in=list(names))}


def _case(person: Person, origin: str, text: Text, staff: Person) -> Case:
    keep_apart(staff, person)
    return penalising.conduct_case(person, _reference(origin, person), text, staff, origin)


def _of_order(deal: Deal) -> str:
    return f"order/{deal.number}"


def _reference(origin: str, person: Person) -> bytes:
    return sha256(f"cardtrail/conduct/{origin}/{person.pk}".encode()).digest()
