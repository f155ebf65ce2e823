"""A listing: one card that its holder offers for sale."""

from __future__ import annotations

import enum

from cardtrail.deals.deadlines import Deadlines
from cardtrail.deals.value import Name, Value
from cardtrail.wire.money import Currency, PositiveMinor
from cardtrail.wire.scalars import Count, Millis, Serial


class ListingState(enum.Enum):
    """How far a listing is. `delisted` ends by an appeal, by its seller or by time; the three after it are ends."""

    DRAFT = "draft"
    SCREENING = "screening"
    LISTED = "listed"
    RESERVED = "reserved"
    DELISTED = "delisted"
    SOLD = "sold"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


LISTING_ENDS = frozenset((ListingState.SOLD, ListingState.EXPIRED, ListingState.WITHDRAWN))
"""The states that no listing leaves."""


class Listing(Value, kw_only=True):
    """What is offered, and where it stands.

    held_price_minor  the highest price that the seller confirmed; the hold on the ledger names it
    shown_version     what offers are bound to: grows with each change of what a buyer sees
    version           how often anything about it changed: what a compare-and-swap compares
    cleared, held     what screening waits for: risk's and moderation's word, and the card's hold on the ledger
    order             whom it is reserved for, or was sold by
    after_order       where it goes if that order falls through; none: on the market again
    delistings        how often it was taken down
    delisted_by       the member of staff, of the last time; somebody else decides an appeal
    overturned        whether that last time was found wrong: once for each time
    """

    id: Name
    seller: Name
    serial: Serial
    price_minor: PositiveMinor
    held_price_minor: PositiveMinor
    currency: Currency
    opened_ms: Millis
    changed_ms: Millis
    shown_version: Count = 1
    version: Count = 0
    state: ListingState = ListingState.DRAFT
    cleared: bool = False
    held: bool = False
    order: str = ""
    after_order: ListingState | None = None
    delistings: Count = 0
    delisted_by: str = ""
    overturned: bool = False
    deadlines: Deadlines = ()

    @property
    def next_ms(self) -> int | None:
        """When its timer fires."""
        return min((deadline.at_ms for deadline in self.deadlines), default=None)
