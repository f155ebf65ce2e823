"""What follows from an offer's decision."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardtrail.deals.regions import Side
from cardtrail.deals.value import Value, Why, snake
from cardtrail.wire.money import PositiveMinor
from cardtrail.wire.scalars import Count


class OfferEffect(Value, tag=snake, tag_field="effect"):
    """The base of all effects of an offer."""

    key: Annotated[str, Meta(min_length=3, max_length=400)]


class OpenOrder(OfferEffect):
    """Reserve the listing in this version and open the buyer's order at this price, in the same transaction."""

    price_minor: PositiveMinor
    listing_version: Count


class TellParty(OfferEffect):
    """Tell a party that the offer is in this state."""

    side: Side
    state: Why


AnyOfferEffect = OpenOrder | TellParty
