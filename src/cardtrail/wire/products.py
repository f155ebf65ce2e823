"""Products: a kind of card and the terms under which its cards live. Terms never change; new terms are a new
product.
"""

from __future__ import annotations

import enum
from typing import Annotated, Literal

from msgspec import Meta

from cardtrail.wire.money import Currency, PositiveMinor
from cardtrail.wire.record import Record
from cardtrail.wire.scalars import Count, Duration

BASIS_POINTS = 10_000
"""A share of one, in basis points."""


class Transferable(enum.IntEnum):
    """How far a card may be passed on. A first claim by code is always possible, for a code is an owner key."""

    NO = 0
    GIFT = 1
    SALE = 2


ClearableKind = Literal["hold", "merge", "redeem", "release", "return", "split", "transfer"]
"""The commands of card holders, which terms may subject to a clearance."""

CLEARABLE = frozenset(("hold", "merge", "redeem", "release", "return", "split", "transfer"))

ProductId = Annotated[int, Meta(ge=0, le=65_535)]
ProductName = Annotated[str, Meta(min_length=1, max_length=80)]


class Terms(Record):
    """What a product's cards may do.

    faces           face values a card may be issued with, ascending
    face_limit      the most face value any card may bear, however it came about (merging cannot go round it)
    named           a new owner's identity envelope must be given
    cooling_off_ms  after activation, how long a claimed card cannot be passed on
    resale_cap_bp   highest asking price as a share of the balance, in basis points
    max_hops        how often the owner may change (the first claim is one)
    clearance       the commands that need one, sorted
    validity_ms     from activation; none: unlimited
    hold_limit_ms   the longest its owner may set a card aside
    rebind_delay_ms between a rebind and its completion, in which the present owner can object
    """

    currency: Currency
    faces: Annotated[tuple[PositiveMinor, ...], Meta(min_length=1, max_length=32)]
    face_limit_minor: PositiveMinor
    named: bool
    transferable: Transferable
    cooling_off_ms: Duration
    resale_cap_bp: Annotated[int, Meta(ge=0, le=1_000_000)]
    max_hops: Count
    clearance: Annotated[tuple[ClearableKind, ...], Meta(max_length=len(CLEARABLE))]
    split: bool
    merge: bool
    validity_ms: Duration | None
    hold_limit_ms: Duration
    rebind_delay_ms: Duration


class Product(Record):
    """A defined product: its number (dense from 0), its name for people, its terms."""

    product: ProductId
    name: ProductName
    terms: Terms
