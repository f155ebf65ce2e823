"""What can happen to an offer."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.value import Name, Value, snake
from cardtrail.wire.money import PositiveMinor
from cardtrail.wire.scalars import Count


class OfferEvent(Value, tag=snake, tag_field="event"):
    """The base of all events of an offer."""


class ByOne(OfferEvent):
    """Something a party did."""

    by: Name


class Counter(ByOne):
    """Whoever is asked names another price."""

    price_minor: PositiveMinor


class AcceptOffer(ByOne):
    """Whoever is asked agrees. `listing_version`: the listing's `shown_version` at that moment, read under its lock."""

    listing_version: Count


class RejectOffer(ByOne):
    """Whoever is asked does not want it."""


class TakeBackOffer(ByOne):
    """Whoever asked does not offer it any more."""


class Supersede(OfferEvent):
    """The listing changed, was sold or left the market."""


class OfferDeadlinePassed(OfferEvent):
    """A timer fired."""

    timer: Timer


AnyOfferEvent = Counter | AcceptOffer | RejectOffer | TakeBackOffer | Supersede | OfferDeadlinePassed
