"""The machine's values as bytes and back: JSON by the names of fields, checked as if it came from outside."""

from __future__ import annotations

from typing import Final

import msgspec

from cardtrail.deals.effects import AnyEffect, Effect
from cardtrail.deals.events import AnyEvent, Event
from cardtrail.deals.order_state import Order
from cardtrail.payments import port

_ORDERS: Final = msgspec.json.Decoder(Order)
_EVENTS: Final = msgspec.json.Decoder[AnyEvent](AnyEvent)
_EFFECTS: Final = msgspec.json.Decoder[AnyEffect](AnyEffect)
_HEARD: Final = msgspec.json.Decoder[port.Event](port.Event)
_ENCODER: Final = msgspec.json.Encoder()


def order(raw: bytes) -> Order:
    """An order that was stored. Raises `msgspec.ValidationError`."""
    return _ORDERS.decode(raw)


def event(raw: bytes) -> AnyEvent:
    """An event that was stored. Raises `msgspec.ValidationError`."""
    read: AnyEvent = _EVENTS.decode(raw)
    return read


def effect(raw: bytes) -> AnyEffect:
    """An effect that was stored. Raises `msgspec.ValidationError`."""
    read: AnyEffect = _EFFECTS.decode(raw)
    return read


def heard(raw: bytes) -> port.Event:
    """What a provider told, as stored. Raises `msgspec.ValidationError`."""
    read: port.Event = _HEARD.decode(raw)
    return read


def store(value: msgspec.Struct) -> bytes:
    """Any of them, to be stored."""
    return _ENCODER.encode(value)


def kind_of(value: Event | Effect | port.Event) -> str:
    """The name of an event or effect, as it is stored with it."""
    return str(type(value).__struct_config__.tag)
