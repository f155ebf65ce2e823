"""How one's own listings stand, in words."""

from __future__ import annotations

from uuid import UUID

from cardtrail.web.market import deciding, screening, words
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Deal


def of(listings: list[Listing]) -> dict[UUID, words.Stage]:
    """How each listing stands for its seller: what was sold may have been undone since. One query, if any was sold."""
    orders = {listing.pk: UUID(order_number(listing)) for listing in listings if listing.stage == "sold"}
    undone = Deal.objects.filter(pk__in=orders.values(), stage__in=("refunded", "reversed"))
    gone = set(undone.values_list("pk", flat=True)) if orders else set()
    return {listing.pk: _stage(listing, undone=orders.get(listing.pk) in gone) for listing in listings}


def _stage(listing: Listing, *, undone: bool) -> words.Stage:
    if undone:
        return words.UNDONE
    return words.HELD if is_held(listing) else words.STAGES[listing.stage]


def is_held(listing: Listing) -> bool:
    """Whether risk holds it before it is let onto the market."""
    return listing.stage == "screening" and screening.held(listing)


def order_number(listing: Listing) -> str:
    """The order by which it is being bought, or was; empty if there is none."""
    order = listing.machine.order
    return "" if order.startswith(deciding.KEPT) else order
