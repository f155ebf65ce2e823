"""The base of every record: an immutable msgpack array that refuses fields it does not know."""

from __future__ import annotations

from typing import dataclass_transform

import msgspec


# msgspec makes the subclasses of a frozen struct frozen; type checkers have to be told.
@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, array_like=True, frozen=True, gc=False, forbid_unknown_fields=True):
    """Fields are encoded in the order of their declaration, those of a base class first."""
