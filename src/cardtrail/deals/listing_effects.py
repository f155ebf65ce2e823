"""What follows from a listing's decision. Keys are as those of `effects`: made from what is to be done."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cardtrail.deals.value import Name, Value, Why, snake


class ListingEffect(Value, tag=snake, tag_field="effect"):
    """The base of all effects of a listing."""

    key: Annotated[str, Meta(min_length=3, max_length=400)]


class Screen(ListingEffect):
    """Ask risk and moderation."""


class PlaceHold(ListingEffect):
    """Have the card set aside on the ledger, as the seller confirmed."""


class EndHold(ListingEffect):
    """Let the waiting order `end_sale` go: the card is freely the seller's."""


class CloseOffers(ListingEffect):
    """Offers bound to another version than the one shown now are superseded; all are where it is not on the market."""


class StopOrder(ListingEffect):
    """Tell the order that the card is not for sale any more: `Delisted`, or `CardUnusable` with the reason."""

    order: Name
    event: Literal["delisted", "card_unusable"]
    why: Why = ""


class RestoreScore(ListingEffect):
    """Give the seller back what that delisting cost them: once for each delisting."""


class TellSeller(ListingEffect):
    """Tell the seller that it is in this state, and why."""

    state: Why
    why: Why = ""


AnyListingEffect = Screen | PlaceHold | EndHold | CloseOffers | StopOrder | RestoreScore | TellSeller
