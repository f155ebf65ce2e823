"""The base of what this room is made of: immutable values that are stored as JSON by the names of their fields."""

from __future__ import annotations

from typing import Annotated, dataclass_transform

import msgspec
from msgspec import Meta


# msgspec makes the subclasses of a frozen struct frozen; type checkers have to be told.
@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Immutable, compared by its fields, and strict about what it is read from."""


Name = Annotated[str, Meta(min_length=1, max_length=128)]
"""What something is called elsewhere: the id of an order, a person, a listing, a provider's payment."""

Why = Annotated[str, Meta(max_length=200)]
"""A reason's code as its source states it (a ledger's refusal, a provider's error); never shown to people as it is."""

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
"""A SHA-256 in hexadecimal: of a piece of evidence, or of what a person claimed."""


_LOWER = {capital: f"_{chr(capital + 32)}" for capital in range(ord("A"), ord("Z") + 1)}


def snake(name: str) -> str:
    """`OpenDispute` as `open_dispute`: how values that come in several kinds name their kind where they are stored."""
    return name.translate(_LOWER).removeprefix("_")
