"""The one transaction in which a listing or an offer changes: lock its row, let the machine decide, write what it says,
and do what follows from that in our own rows. Nothing here is outside our database: a card is set aside or let go by
actions, which are due from then on and are done after the commit (`go`), by the worker otherwise.

Locks are taken in one order everywhere: an order's row, its listing's, an offer's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction

from cardtrail.deals import listing as listings
from cardtrail.deals import listing_effects, listing_events, offer_effects, offer_events, stored
from cardtrail.deals import offer as offers
from cardtrail.deals.codes import Refused
from cardtrail.deals.events import CardUnusable, Delisted
from cardtrail.deals.listing_state import LISTING_ENDS, ListingState
from cardtrail.deals.listing_state import Listing as Machine
from cardtrail.deals.offer_state import Offer as OfferMachine
from cardtrail.deals.outages import with_outages
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import advance
from cardtrail.web.actions.waiting import drop, let_go
from cardtrail.web.market import telling
from cardtrail.web.market.models import Listing, Offer, Round, Talk
from cardtrail.web.market.refusals import of_machine
from cardtrail.web.orders import deciding as orders
from cardtrail.web.orders import effects as order_effects
from cardtrail.web.orders import outages
from cardtrail.web.ui.clock import now_ms

Timed = TypeVar("Timed", Machine, OfferMachine)

RestoreHook = Callable[[Listing], None]

restore_hooks: Final[list[RestoreHook]] = []
"""Called where an appeal found a delisting wrong, once for each: whoever kept a penalty for it gives it back."""


class Overtaken(RuntimeError):  # noqa: N818 - it names what happened
    """Somebody else has changed the row since it was read. Nothing was written."""


@dataclass(slots=True)
class Left:
    """What a decision leaves for after the commit.

    confirmations  whose actions were let go
    orders         that were told something, and what they have to do
    """

    confirmations: list[UUID] = field(default_factory=list)
    orders: list[orders.Taken] = field(default_factory=list)


def go(left: Left) -> None:
    """Do at once what was left to do. Never inside a transaction; the worker does what nobody has done."""
    for confirmation in Confirmation.objects.filter(id__in=left.confirmations):
        advance(confirmation)
    for taken in left.orders:
        order_effects.go(taken.deal.pk, taken.to_do)


def lock(listing_id: UUID) -> Listing:
    """A listing's row, for this transaction alone. Raises `Listing.DoesNotExist`."""
    return Listing.objects.select_for_update(of=("self",), no_key=True).get(pk=listing_id)


def lock_offer(offer_id: UUID) -> Offer:
    """An offer's row; its listing's comes first. Raises `Offer.DoesNotExist`."""
    return Offer.objects.select_for_update(of=("self",), no_key=True).get(pk=offer_id)


def columns(machine: Machine) -> dict[str, object]:
    """The columns that say the same as the machine's listing."""
    return {
        "state": stored.to_json(machine),
        "version": machine.version,
        "stage": machine.state.value,
        "shown_version": machine.shown_version,
        "price_minor": machine.price_minor,
        "next_ms": machine.next_ms,
        "changed_ms": machine.changed_ms,
    }


def offer_columns(machine: OfferMachine) -> dict[str, object]:
    """The columns that say the same as the machine's offer."""
    return {
        "state": stored.to_json(machine),
        "version": machine.version,
        "stage": machine.state.value,
        "price_minor": machine.price_minor,
        "next_ms": machine.next_ms,
        "changed_ms": machine.changed_ms,
    }


def change(
    listing: Listing, event: listing_events.ListingEvent, left: Left, *, tell: bool = True
) -> Refused | None:
    """Let a listing, whose row is locked, take an event; gives the machine's refusal. Raises `Overtaken`.

    tell   whether the seller hears of its new state: not of one that it only passes through
    """
    before, now = listing.machine, now_ms()
    decided = listings.decide(_counted_again(before, now), event, now)
    if isinstance(decided, Refused):
        return decided
    if decided.after is before:
        return None
    after = decided.after
    fresh = columns(after) | {"discount_bp": discount_bp(after.price_minor, listing.balance_minor)}
    for effect in decided.effects:
        if isinstance(effect, listing_effects.TellSeller):
            fresh["why"] = effect.why
    if not _swap(listing.pk, before.version, fresh):
        raise Overtaken(f"listing {listing} was changed meanwhile")
    for name, value in fresh.items():
        setattr(listing, name, value)
    if after.state in LISTING_ENDS and before.state not in LISTING_ENDS:
        _forget_waiting(listing, after)
    for follows in decided.effects:
        if tell or not isinstance(follows, listing_effects.TellSeller):
            _follow(listing, follows, left)
    return None


def must(listing: Listing, event: listing_events.ListingEvent, left: Left) -> None:
    """`change`, where a refusal ends what is being done. Raises `NotPossible`."""
    refused = change(listing, event, left)
    if refused is not None:
        raise of_machine(refused)


def take(listing_id: UUID, event: listing_events.ListingEvent) -> tuple[Refused | None, Left]:
    """`change` in a transaction of its own, its order's row locked first where there is one."""
    left = Left()
    with transaction.atomic():
        order = Listing.objects.get(pk=listing_id).machine.order
        if (number := order_number(order)) is not None:
            orders.lock(number)
        refused = change(lock(listing_id), event, left)
    return refused, left


def change_offer(offer: Offer, event: offer_events.OfferEvent, side: str, left: Left) -> Refused | None:
    """Let an offer, whose listing's row is locked and then its own, take an event. `OpenOrder` is the caller's to
    follow. Raises `Overtaken`."""
    before, now = offer.machine, now_ms()
    start = _counted_again(before, now)
    decided = offers.decide(start, event, now)
    if isinstance(decided, Refused):
        return decided
    if decided.after is before:
        return None
    fresh = offer_columns(decided.after)
    if not Offer.objects.filter(pk=offer.pk, version=before.version).update(**fresh):
        raise Overtaken(f"offer {offer.pk} was changed meanwhile")
    for name, value in fresh.items():
        setattr(offer, name, value)
    if decided.after is start:
        return None  # Its time pauses over an outage of ours, and that is all.
    note_round(offer, side)
    for effect in decided.effects:
        if isinstance(effect, offer_effects.TellParty):
            telling.tell_party(offer, effect)
    return None


def note_round(offer: Offer, side: str) -> None:
    """Keep how the offer stands now, for both to read."""
    at_ms = offer.changed_ms
    Round.objects.create(offer=offer, side=side, what=offer.stage, price_minor=offer.price_minor, at_ms=at_ms)
    Talk.objects.filter(pk=offer.talk_id).update(heard_ms=at_ms)


def order_number(order: str) -> UUID | None:
    """The order that a listing is reserved for; none if it is kept for an offer, or for nobody."""
    return None if not order or order.startswith(KEPT) else UUID(order)


def kept_for(offer: Offer) -> str:
    """The name under which a listing is reserved for an accepted offer, before there is an order."""
    return f"{KEPT}{offer.pk.hex}"


KEPT: Final = "offer/"


def discount_bp(price_minor: int, balance_minor: int) -> int:
    """How far a price is below the balance, in basis points."""
    return (balance_minor - price_minor) * 10_000 // balance_minor


def _swap(listing_id: UUID, version: int, fresh: dict[str, object]) -> bool:
    """Compare and swap: one writer for each version, even where a database's locks were forgotten."""
    return bool(Listing.objects.filter(pk=listing_id, version=version).update(**fresh))


def _counted_again(timed: Timed, now: int) -> Timed:
    """With its deadlines as our outages leave them, if one of them would be over; the same object otherwise."""
    if timed.next_ms is None or timed.next_ms > now:
        return timed
    since_ms = min(deadline.anchor_ms for deadline in timed.deadlines)
    return with_outages(timed, outages.known(since_ms, now))


def _forget_waiting(listing: Listing, after: Machine) -> None:
    """Nothing comes of what the seller agreed to any more: of setting the card aside, where that is not signed yet, and
    of ending it, where it is sold or was never set aside."""
    if drop(listing.hold_id) or after.state is ListingState.SOLD:
        drop(listing.release_id)


def _follow(listing: Listing, effect: listing_effects.AnyListingEffect, left: Left) -> None:
    match effect:
        case listing_effects.EndHold():
            if let_go(listing.release_id):
                left.confirmations.append(listing.confirmation_id)
        case listing_effects.CloseOffers():
            _close_offers(listing, left)
        case listing_effects.StopOrder():
            number = order_number(effect.order)
            if number is None:
                _stop_keeping(listing, effect.order, left)
            else:
                told = CardUnusable(effect.why) if effect.event == "card_unusable" else Delisted()
                left.orders.append(orders.take(number, told))
        case listing_effects.TellSeller():
            telling.tell_seller(listing, effect)
        case listing_effects.RestoreScore():
            for hook in restore_hooks:
                hook(listing)
        case listing_effects.Screen() | listing_effects.PlaceHold():
            pass  # Asked before, and confirmed with the listing: `selling`.


def _close_offers(listing: Listing, left: Left) -> None:
    """Offers for what is not shown any more are over."""
    live = Offer.objects.filter(listing=listing, stage__in=Offer.LIVE).order_by("pk")
    for offer in live.select_for_update(of=("self",), no_key=True).select_related("talk"):
        bound = offer.machine.listing_version
        if listing.stage != ListingState.LISTED.value or bound != listing.shown_version:
            change_offer(offer, offer_events.Supersede(), "", left)


def _stop_keeping(listing: Listing, order: str, left: Left) -> None:
    """A listing that is kept for an accepted offer is not to be sold any more."""
    Offer.objects.filter(listing=listing, kept_until_ms__isnull=False).update(kept_until_ms=None)
    change(listing, listing_events.Freed(order, usable=True), left)
