"""The base of what this room is made of: immutable values that are stored as JSON by the names of their fields."""

from __future__ import annotations

from typing import Final, dataclass_transform

import msgspec

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


# msgspec makes the subclasses of a frozen struct frozen; type checkers have to be told.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Immutable, compared by its fields, and strict about what it is read from."""
