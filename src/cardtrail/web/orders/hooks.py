"""Who wants to know what becomes of an order: higher rooms change their own rows in the same transaction.

Each hook can be called again for what it has heard before (an effect that is decided twice), and must not mind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardtrail.deals.order_state import Order
from cardtrail.web.orders.models import Deal, Matter

StageHook = Callable[[Deal, "Order | None", Order], None]
ListingHook = Callable[[Deal, "ListingNews"], None]
MatterHook = Callable[[Matter], None]


@dataclass(frozen=True, slots=True)
class ListingNews:
    """What an order says to the listing it came from.

    sold     the card is sold
    usable   not sold: the order does not need the card any more, and whether it can be offered again
    """

    sold: bool
    usable: bool


_stage: Final[list[StageHook]] = []
_listing: Final[list[ListingHook]] = []
_matter: Final[list[MatterHook]] = []


def on_stage(hook: StageHook) -> None:
    """Call this with (deal, before, after) whenever an order was opened (before: none) or changed."""
    if hook not in _stage:
        _stage.append(hook)


def on_listing(hook: ListingHook) -> None:
    """Call this when an order has sold its listing's card, or does not need it any more."""
    if hook not in _listing:
        _listing.append(hook)


def on_matter(hook: MatterHook) -> None:
    """Call this with what staff have to look at, when it is first found: to tell them."""
    if hook not in _matter:
        _matter.append(hook)


def tell_stage(deal: Deal, before: Order | None, after: Order) -> None:
    """Tell everybody who wants to know."""
    for hook in _stage:
        hook(deal, before, after)


def tell_listing(deal: Deal, news: ListingNews) -> None:
    """Tell everybody who wants to know."""
    for hook in _listing:
        hook(deal, news)


def tell_matter(matter: Matter) -> None:
    """Tell everybody who wants to know."""
    for hook in _matter:
        hook(matter)
