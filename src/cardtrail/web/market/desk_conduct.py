"""The case in which somebody's conduct in an order, or with a listing, is looked into, and where a penalty can follow.
There is one of each, opened the first time."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from cardtrail.deals.regions import Side
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import penalising
from cardtrail.web.desk.casework import Case
from cardtrail.web.market.desk_separation import keep_apart
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
_SIDES: Final = {Side.BUYER: Text("买家", "buyer"), Side.SELLER: Text("卖家", "seller")}


def of_order(deal: Deal, side: Side, staff: Person) -> Case:
    """The case about one side of an order. Raises `NotPossible` for one's own and for a friend's."""
    person: Person = deal.buyer if side is Side.BUYER else deal.seller
    text = _ORDER.format(number=deal.number, side=_SIDES[side])
    return _case(person, f"order/{deal.number}", text, staff)


def of_listing(listing: Listing, staff: Person) -> Case:
    """The case about a listing's seller. Raises `NotPossible` for one's own and for a
    friend's."""
    return _case(listing.seller, f"listing/{listing.pk}", _LISTING.format(number=listing.pk), staff)


def _case(person: Person, about: str, text: Text, staff: Person) -> Case:
    keep_apart(staff, person)
    reference = sha256(f"cardtrail/conduct/{about}/{person.pk}".encode()).digest()
    return penalising.conduct_case(person, reference, text, staff)
