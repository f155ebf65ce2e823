"""The card record: everything the ledger knows of one card. Its canonical bytes are a leaf of the register."""

from __future__ import annotations

import enum

from cardtrail.wire.codec import Codec
from cardtrail.wire.money import Minor
from cardtrail.wire.products import ProductId
from cardtrail.wire.record import Record
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import Count, Hash, Key, Millis, Serial, Version


class Status(enum.IntEnum):
    """Where a card is in its life. The last three are dead: such a card never moves again."""

    INACTIVE = 0
    ACTIVE = 1
    VOID = 2
    SPLIT = 3
    MERGED = 4


class HoldKind(enum.IntEnum):
    """Why a card is set aside. All three are the same thing with different release keys."""

    GIFT = 0
    SALE = 1
    REBIND = 2


class Held(Record):
    """A card set aside.

    release       who may name the next owner: a key, or a role whose keys may
    not_before_ms when release begins (a rebind's delay), else the hold's own time
    until_ms      when release ends and the owner may take the card back
    price_minor   what a sale asks, none otherwise
    reference     hash of the order, gift or case it stands for
    """

    kind: HoldKind
    release: Key | Role
    not_before_ms: Millis
    until_ms: Millis
    price_minor: Minor | None
    reference: Hash


class Card(Record):
    """One card.

    hop counts how often its owner changed, version how often anything about it did. `entry` is the log index
    of the entry that last changed it, so that a proof of the record leads to the command behind it."""

    serial: Serial
    product: ProductId
    face_minor: Minor
    balance_minor: Minor
    owner: Key
    status: Status
    frozen_by: Role | None
    hold: Held | None
    parents: tuple[Serial, ...]
    hop: Count
    version: Version
    activated_ms: Millis | None
    expires_ms: Millis | None
    entry: Count

    @property
    def dead(self) -> bool:
        """Whether the card can never move again."""
        return self.status >= Status.VOID


CARD_CODEC: Codec[Card] = Codec(Card)
