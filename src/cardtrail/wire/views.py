"""JSON forms of records, for people and scripts: the same field names, bytes in hexadecimal. Never signed or hashed."""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from cardtrail.wire.cards import Card
from cardtrail.wire.commands import Body, kind_of
from cardtrail.wire.identifiers import card_number


def to_json(value: Any) -> Any:
    """Any record as JSON values: bytes as hexadecimal text, enumerations by their lower-case name."""
    if isinstance(value, msgspec.Struct):
        return {field: to_json(getattr(value, field)) for field in value.__struct_fields__}
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    return value


def command_to_json(body: Body) -> dict[str, Any]:
    """A command with its kind first."""
    return {"kind": kind_of(body), **to_json(body)}


def card_to_json(card: Card) -> dict[str, Any]:
    """A card record with its printed number first."""
    return {"number": card_number(card.serial), **to_json(card)}
