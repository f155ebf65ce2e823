"""The base of what this room is made of: immutable values that are stored as JSON by the names of their fields."""

from __future__ import annotations

from typing import Annotated, Final, dataclass_transform

import msgspec
from msgspec import Meta

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS

WHOLE_BP: Final = 10_000
"""The whole, in basis points."""

Share = Annotated[int, Meta(ge=0, le=2 * WHOLE_BP)]
"""A share in basis points. Prices of small cards in a holiday go above the whole."""


# msgspec makes the subclasses of a frozen struct frozen; type checkers have to be told.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Immutable, compared by its fields, and strict about what it is read from."""
