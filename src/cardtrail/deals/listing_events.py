"""What can happen to a listing."""

from __future__ import annotations

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.value import Name, Value, Why, snake
from cardtrail.wire.money import PositiveMinor
from cardtrail.wire.scalars import Count


class ListingEvent(Value, tag=snake, tag_field="event"):
    """The base of all events of a listing."""


class Publish(ListingEvent):
    """The seller confirms: the card is to be set aside on the ledger, and offered."""

    by: Name


class Cleared(ListingEvent):
    """Risk and moderation have nothing against it."""


class ScreenRefused(ListingEvent):
    """They have. `by`: the member of staff, or the rule."""

    by: Name
    why: Why


class HoldPlaced(ListingEvent):
    """The card is set aside on the ledger."""


class HoldRefused(ListingEvent):
    """The ledger refused that, for good."""

    reason: Why


class Edit(ListingEvent):
    """The seller asks another price."""

    by: Name
    price_minor: PositiveMinor


class Withdraw(ListingEvent):
    """The seller takes it back."""

    by: Name


class Delist(ListingEvent):
    """Staff take it down."""

    by: Name
    why: Why


class Overturn(ListingEvent):
    """An appeal has found that wrong."""

    by: Name


class CardGone(ListingEvent):
    """The card cannot be sold any more: redeemed, frozen, expired, recalled, bought back, in the ledger's words."""

    reason: Why


class Reserve(ListingEvent):
    """A buyer's order takes it. `shown_version` is what the buyer saw, or their offer is bound to."""

    order: Name
    buyer: Name
    shown_version: Count


class Freed(ListingEvent):
    """That order fell through. `usable`: nothing is wrong with the card."""

    order: Name
    usable: bool


class Sold(ListingEvent):
    """That order has delivered the card."""

    order: Name


class ListingDeadlinePassed(ListingEvent):
    """A timer fired."""

    timer: Timer


AnyListingEvent = (
    Publish | Cleared | ScreenRefused | HoldPlaced | HoldRefused | Edit | Withdraw | Delist | Overturn | CardGone
    | Reserve | Freed | Sold | ListingDeadlinePassed
)  # fmt: skip
