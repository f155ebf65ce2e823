"""Orders, listings, offers, events and effects as JSON: how they lie in a database.

Fields stand by their names, so one that is added later with a default reads what was written before; one that nobody
knows is refused. Times and amounts are below 2**53, so every reader of JSON holds them exactly."""

from __future__ import annotations

from typing import Any

import msgspec

from cardtrail.deals import effects, events, listing_effects, listing_events, offer_effects, offer_events
from cardtrail.deals.listing_state import Listing
from cardtrail.deals.offer_state import Offer
from cardtrail.deals.order_state import Order
from cardtrail.deals.value import Value

_ORDER = msgspec.json.Decoder(Order)
_LISTING = msgspec.json.Decoder(Listing)
_OFFER = msgspec.json.Decoder(Offer)
_EVENT: Any = msgspec.json.Decoder(events.AnyEvent)
_EFFECT: Any = msgspec.json.Decoder(effects.AnyEffect)
_LISTING_EVENT: Any = msgspec.json.Decoder(listing_events.AnyListingEvent)
_LISTING_EFFECT: Any = msgspec.json.Decoder(listing_effects.AnyListingEffect)
_OFFER_EVENT: Any = msgspec.json.Decoder(offer_events.AnyOfferEvent)
_OFFER_EFFECT: Any = msgspec.json.Decoder(offer_effects.AnyOfferEffect)


def to_json(value: Value) -> bytes:
    """Any value of this room."""
    return msgspec.json.encode(value)


def order_from(data: bytes | str) -> Order:
    """The order that was stored. This and its kin raise `msgspec.ValidationError` for what is none."""
    return _ORDER.decode(data)


def listing_from(data: bytes | str) -> Listing:
    """The listing that was stored."""
    return _LISTING.decode(data)


def offer_from(data: bytes | str) -> Offer:
    """The offer that was stored."""
    return _OFFER.decode(data)


def event_from(data: bytes | str) -> events.Event:
    """An order's event."""
    event: events.Event = _EVENT.decode(data)
    return event


def effect_from(data: bytes | str) -> effects.AnyEffect:
    """An order's effect."""
    effect: effects.AnyEffect = _EFFECT.decode(data)
    return effect


def listing_event_from(data: bytes | str) -> listing_events.ListingEvent:
    """A listing's event."""
    event: listing_events.ListingEvent = _LISTING_EVENT.decode(data)
    return event


def listing_effect_from(data: bytes | str) -> listing_effects.AnyListingEffect:
    """A listing's effect."""
    effect: listing_effects.AnyListingEffect = _LISTING_EFFECT.decode(data)
    return effect


def offer_event_from(data: bytes | str) -> offer_events.OfferEvent:
    """An offer's event."""
    event: offer_events.OfferEvent = _OFFER_EVENT.decode(data)
    return event


def offer_effect_from(data: bytes | str) -> offer_effects.AnyOfferEffect:
    """An offer's effect."""
    effect: offer_effects.AnyOfferEffect = _OFFER_EFFECT.decode(data)
    return effect
