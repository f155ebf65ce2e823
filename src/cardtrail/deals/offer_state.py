"""An offer: a buyer names another price for a listing, and both may counter."""

from __future__ import annotations

import enum

from cardtrail.deals.deadlines import Deadlines
from cardtrail.deals.regions import Side
from cardtrail.deals.value import Name, Value
from cardtrail.wire.money import Currency, PositiveMinor
from cardtrail.wire.scalars import Count, Millis


class OfferState(enum.Enum):
    """Whose price stands: the buyer's (`open`), the seller's (`countered`), or nobody's any more."""

    OPEN = "open"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Offer(Value, kw_only=True):
    """A price between two people for one listing as it was shown at that moment.

    listing_version  the listing's `shown_version` that it is bound to
    rounds           how often it was countered
    """

    id: Name
    listing: Name
    listing_version: Count
    seller: Name
    buyer: Name
    price_minor: PositiveMinor
    currency: Currency
    opened_ms: Millis
    changed_ms: Millis
    version: Count = 0
    state: OfferState = OfferState.OPEN
    rounds: Count = 0
    deadlines: Deadlines = ()

    @property
    def asker(self) -> Side | None:
        """Whose price stands and waits for the other's answer; none where the offer is over."""
        return {OfferState.OPEN: Side.BUYER, OfferState.COUNTERED: Side.SELLER}.get(self.state)

    @property
    def next_ms(self) -> int | None:
        """When its timer fires."""
        return min((deadline.at_ms for deadline in self.deadlines), default=None)

    def side(self, person: str) -> Side | None:
        """Which party a person is."""
        if person == self.buyer:
            return Side.BUYER
        return Side.SELLER if person == self.seller else None
