"""Authorities: the five roles that act for an organisation, each k of n keys."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta

from cardtrail.wire.record import Record
from cardtrail.wire.scalars import Key, Sequence


class Role(enum.IntEnum):
    """Who may do what: the issuer (brand), the clearer (risk and identity), the settler (payments), the
    custodian (bank) that states the deposit, and the regulator."""

    ISSUER = 1
    CLEARER = 2
    SETTLER = 3
    CUSTODIAN = 4
    REGULATOR = 5


MAX_ROLE_KEYS = 16

RoleKeys = Annotated[tuple[Key, ...], Meta(min_length=1, max_length=MAX_ROLE_KEYS)]
Threshold = Annotated[int, Meta(ge=1, le=MAX_ROLE_KEYS)]


class Authority(Record):
    """The present keys of a role (sorted, distinct), how many must sign, and the sequence its next sequenced
    command carries.
    """

    role: Role
    keys: RoleKeys
    threshold: Threshold
    sequence: Sequence
