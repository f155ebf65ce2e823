"""What an event does to a listing where the table allows it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from cardtrail.deals import listing_effects as effects
from cardtrail.deals import listing_events as events
from cardtrail.deals.codes import Code
from cardtrail.deals.deadlines import Timer, started
from cardtrail.deals.listing_state import LISTING_ENDS, Listing, ListingState
from cardtrail.deals.parameters import PERIODS

State = ListingState


class ListingDraft:
    """A decision in the making. Dropped whole if the move refuses."""

    def __init__(self, listing: Listing, now_ms: int) -> None:
        self.listing = listing
        self.now_ms = now_ms
        self.effects: list[effects.AnyListingEffect] = []

    def set(self, **changes: Any) -> None:
        """Change fields of the listing."""
        self.listing = replace(self.listing, **changes)

    def do(self, effect: type[effects.ListingEffect], name: str, **fields: Any) -> None:
        """Have something done."""
        made: Any = effect(key=f"{self.listing.id}/{name}", **fields)
        self.effects.append(made)

    def enter(self, state: ListingState, why: str = "") -> None:
        """Go to a state. Leaving the market closes the offers; an end lets the card go, but for a sale."""
        self.set(state=state)
        number = self.listing.version + 1
        if state in LISTING_ENDS:
            self.set(deadlines=())
        if state in LISTING_ENDS - {State.SOLD} and self.listing.held:
            self.set(held=False)
            self.do(effects.EndHold, "end-hold")
        if state is not State.LISTED:
            self.do(effects.CloseOffers, f"close-offers/{number}")
        self.do(effects.TellSeller, f"tell/{state.value}/{number}", state=state.value, why=why)


def publish(draft: ListingDraft, event: events.Publish) -> None:
    """Both are asked at once: risk, and the ledger."""
    length_ms = PERIODS[Timer.LISTING].length_ms
    draft.set(state=State.SCREENING, deadlines=(started(Timer.LISTING, draft.now_ms, length_ms),))
    draft.do(effects.Screen, "screen")
    draft.do(effects.PlaceHold, "place-hold")


def clear(draft: ListingDraft, event: events.Cleared) -> None:
    """Nothing stands against it; it is offered once the card is set aside, too."""
    draft.set(cleared=True)
    if draft.listing.held:
        draft.enter(State.LISTED)


def place_hold(draft: ListingDraft, event: events.HoldPlaced) -> None:
    """The card is set aside; it is offered once nothing stands against it, too."""
    draft.set(held=True)
    if draft.listing.state is State.SCREENING and draft.listing.cleared:
        draft.enter(State.LISTED)


def hold_in_vain(draft: ListingDraft, event: events.HoldPlaced) -> None:
    """The card was set aside after the listing had ended: it is let go."""
    draft.do(effects.EndHold, "end-hold")


def no_hold(draft: ListingDraft, event: events.HoldRefused) -> None:
    """It cannot be sold."""
    draft.enter(State.WITHDRAWN, event.reason)


def screen_out(draft: ListingDraft, event: events.ScreenRefused) -> None:
    """It is not offered; the seller can appeal."""
    _delist(draft, event.by)
    draft.enter(State.DELISTED, event.why)


def edit_draft(draft: ListingDraft, event: events.Edit) -> None:
    """Nobody has confirmed a price yet."""
    draft.set(price_minor=event.price_minor, held_price_minor=event.price_minor)


def edit(draft: ListingDraft, event: events.Edit) -> Code | None:
    """Another price, up to the one that the hold names. Offers were made for the old one."""
    if event.price_minor > draft.listing.held_price_minor:
        return Code.PRICE_OVER_HELD
    if event.price_minor != draft.listing.price_minor:
        draft.set(price_minor=event.price_minor, shown_version=draft.listing.shown_version + 1)
        draft.do(effects.CloseOffers, f"close-offers/{draft.listing.version + 1}")
    return None


def withdraw(draft: ListingDraft, event: events.Withdraw) -> None:
    """The seller takes it back."""
    draft.enter(State.WITHDRAWN)


def delist(draft: ListingDraft, event: events.Delist) -> Code | None:
    """Off the market; the card stays set aside, so that an appeal can put it back as it was."""
    if event.by == draft.listing.seller:
        return Code.OWN_CASE
    _delist(draft, event.by)
    draft.enter(State.DELISTED, event.why)
    return None


def delist_reserved(draft: ListingDraft, event: events.Delist) -> Code | None:
    """The order is told: it ends or finishes, and the listing follows it."""
    if event.by == draft.listing.seller:
        return Code.OWN_CASE
    if draft.listing.after_order is None:
        _delist(draft, event.by)
        draft.set(after_order=State.DELISTED)
        _stop_order(draft, "delisted", event.why)
    return None


def overturn(draft: ListingDraft, event: events.Overturn) -> Code | None:
    """Put it back as it was, once. What has ended meanwhile stays so, and only the score comes back."""
    listing = draft.listing
    if not listing.delistings:
        return Code.NOT_DELISTED
    if listing.overturned:
        return Code.DELISTING_STANDS
    if event.by in (listing.seller, listing.delisted_by):
        return Code.OWN_CASE if event.by == listing.seller else Code.SAME_REVIEWER
    draft.set(overturned=True)
    draft.do(effects.RestoreScore, f"restore-score/{listing.delistings}")
    if listing.after_order is State.DELISTED:
        draft.set(after_order=None)
    if listing.state is State.DELISTED:
        draft.set(cleared=True)
        draft.enter(State.LISTED if listing.held else State.SCREENING)
    return None


def card_gone(draft: ListingDraft, event: events.CardGone) -> None:
    """There is nothing to sell any more."""
    draft.enter(State.WITHDRAWN, event.reason)


def card_gone_reserved(draft: ListingDraft, event: events.CardGone) -> None:
    """The order is told."""
    draft.set(after_order=State.WITHDRAWN)
    _stop_order(draft, "card_unusable", event.reason)


def reserve(draft: ListingDraft, event: events.Reserve) -> Code | None:
    """One buyer has it, for the price they saw."""
    if event.buyer == draft.listing.seller:
        return Code.SELF_PURCHASE
    if event.shown_version != draft.listing.shown_version:
        return Code.LISTING_CHANGED
    draft.set(state=State.RESERVED, order=event.order, after_order=None)
    return None


def reserve_again(draft: ListingDraft, event: events.Reserve) -> Code | None:
    """The same order may say so twice; another comes too late."""
    return None if event.order == draft.listing.order else Code.LISTING_RESERVED


def free(draft: ListingDraft, event: events.Freed) -> None:
    """The order fell through: on the market again, or where it was to go meanwhile."""
    listing = draft.listing
    if event.order != listing.order:
        return
    target = listing.after_order or (State.LISTED if event.usable else State.WITHDRAWN)
    draft.set(order="", after_order=None)
    draft.enter(target)


def sell(draft: ListingDraft, event: events.Sold) -> None:
    """The card is the buyer's."""
    if event.order == draft.listing.order:
        draft.set(after_order=None, held=False)
        draft.enter(State.SOLD)


def expire(draft: ListingDraft, event: object) -> None:
    """Its thirty days are over."""
    draft.enter(State.EXPIRED)


def expire_reserved(draft: ListingDraft, event: object) -> None:
    """Its thirty days are over while somebody buys it: that is brought to its end first."""
    draft.set(after_order=State.EXPIRED)


def _delist(draft: ListingDraft, by: str) -> None:
    draft.set(delistings=draft.listing.delistings + 1, delisted_by=by, overturned=False)


def _stop_order(draft: ListingDraft, event: str, why: str) -> None:
    order = draft.listing.order
    draft.do(effects.StopOrder, f"stop/{order}", order=order, event=event, why=why)
