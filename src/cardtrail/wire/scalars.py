"""The small values that records are made of, each with its bounds.

Integers stay below 2**53 so that every JSON reader holds them exactly. Hashes and keys are 32 bytes,
signatures 64."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

MAX_INTEGER = 2**53 - 1
MAX_CARDS_PER_COMMAND = 1000
MAX_PARTS = 100
MAX_ENTRY_BYTES = 65_535
NETWORK_BYTES = 16

Network = Annotated[bytes, Meta(min_length=NETWORK_BYTES, max_length=NETWORK_BYTES)]
"""16 random bytes that name one ledger; a command signed for one is refused by every other."""

Key = Annotated[bytes, Meta(min_length=32, max_length=32)]
"""An Ed25519 public key (RFC 8032)."""

Signature = Annotated[bytes, Meta(min_length=64, max_length=64)]
"""An Ed25519 signature (RFC 8032)."""

Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
"""A SHA-256 digest."""

NO_HASH = bytes(32)
"""Stands where a record has room for a hash and there is nothing to hash."""

Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Serial = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
"""A card's place in the register, dense from 0."""

Version = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Sequence = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Millis = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
"""A moment: milliseconds since 1970-01-01T00:00:00Z."""

MAX_DURATION_MS = 100 * 366 * 24 * 3600 * 1000

Duration = Annotated[int, Meta(ge=0, le=MAX_DURATION_MS)]
"""A length of time in milliseconds, at most a hundred years."""
