"""The projection of the feed, and the register of holders' keys.

Everything here but `HolderKey` follows from the ledger's entries: it can be dropped and made again. So nothing else in
the database refers to these rows; others keep a card's serial.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import models

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger import states
from cardtrail.web.ui.clock import now_ms
from cardtrail.wire.cards import Card as Record
from cardtrail.wire.cards import Held, HoldKind, Status
from cardtrail.wire.identifiers import card_number, group_digits
from cardtrail.wire.products import Terms
from cardtrail.wire.roles import Role


class Position(models.Model):
    """How far the projection has come. One row.

    next_index   the entry that comes next
    cards        how many cards there are: the next free serial
    time_ms      the ledger's time at the last entry
    contact_ms   when the node last answered us
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    next_index = models.BigIntegerField(default=0)
    cards = models.BigIntegerField(default=0)
    time_ms = models.BigIntegerField(default=0)
    contact_ms = models.BigIntegerField(default=0)
    network = models.BinaryField(null=True)


class Product(models.Model):
    """A kind of card. `terms` as the ledger has them."""

    id = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=80)
    raw_terms = models.BinaryField()
    entry = models.BigIntegerField()

    @property
    def terms(self) -> Terms:
        """The terms, as the record the ledger holds."""
        return msgspec.msgpack.decode(bytes(self.raw_terms), type=Terms)

    def __str__(self) -> str:
        return self.name


class Card(models.Model):
    """One card as it stands. The fields are those of `wire.cards.Card`; the hold's are none without a hold.

    holder      whose key the owner key is, if it is one of ours
    currency    the product's
    """

    serial = models.BigIntegerField(primary_key=True)
    product = models.ForeignKey(Product, models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    owner = models.BinaryField(max_length=32)
    holder = models.ForeignKey(Person, models.PROTECT, null=True, related_name="cards")
    status = models.PositiveSmallIntegerField()
    frozen_by = models.PositiveSmallIntegerField(null=True)
    hold_kind = models.PositiveSmallIntegerField(null=True)
    hold_release = models.BinaryField(max_length=32, null=True)
    hold_role = models.PositiveSmallIntegerField(null=True)
    hold_not_before_ms = models.BigIntegerField(null=True)
    hold_until_ms = models.BigIntegerField(null=True)
    hold_price_minor = models.BigIntegerField(null=True)
    hold_reference = models.BinaryField(max_length=32, null=True)
    parents = models.JSONField(default=list)
    hop = models.BigIntegerField()
    version = models.BigIntegerField()
    activated_ms = models.BigIntegerField(null=True)
    expires_ms = models.BigIntegerField(null=True)
    entry = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(fields=["holder", "status", "-entry"]),
            models.Index(
                fields=["hold_until_ms"], condition=models.Q(hold_kind__isnull=False), name="held_cards"
            ),
        )

    @property
    def number(self) -> str:
        """The printed number, in groups of four."""
        return group_digits(card_number(self.serial))

    @property
    def last_four(self) -> str:
        """The last four digits of the printed number."""
        return card_number(self.serial)[-4:]

    @property
    def dead(self) -> bool:
        """Whether the card can never move again."""
        return self.status >= Status.VOID

    @property
    def state(self) -> str:
        """How the card stands by the ledger, in one word: one of `states.STATES`."""
        return states.state_of(self, now_ms())

    sale: str | None = None
    """What the state `sale` is, once `states.told_apart` has found out."""

    @property
    def shown_state(self) -> str:
        """How the card stands, as people read it: `sale` told apart from `escrow` and `dispute`."""
        if (state := self.state) != states.SALE:
            return state
        if self.sale is None:
            states.told_apart([self])
        return self.sale or state

    @property
    def movable(self) -> bool:
        """Whether its owner can do something with it now."""
        return self.state in {"active", "empty"}

    @property
    def record(self) -> Record:
        """The card as the ledger holds it."""
        return Record(
            serial=self.serial,
            product=self.product_id,
            face_minor=self.face_minor,
            balance_minor=self.balance_minor,
            owner=bytes(self.owner),
            status=Status(self.status),
            frozen_by=None if self.frozen_by is None else Role(self.frozen_by),
            hold=self._hold,
            parents=tuple(self.parents),
            hop=self.hop,
            version=self.version,
            activated_ms=self.activated_ms,
            expires_ms=self.expires_ms,
            entry=self.entry,
        )

    @property
    def _hold(self) -> Held | None:
        if self.hold_kind is None:
            return None
        return Held(
            kind=HoldKind(self.hold_kind),
            release=Role(self.hold_role) if self.hold_role is not None else bytes(self.hold_release or b""),
            not_before_ms=self.hold_not_before_ms or 0,
            until_ms=self.hold_until_ms or 0,
            price_minor=self.hold_price_minor,
            reference=bytes(self.hold_reference or b""),
        )

    @classmethod
    def from_record(cls, record: Record, currency: str, holder: Any) -> Card:
        """The row of a record; `holder` is a person's id or none."""
        hold = record.hold
        return cls(
            serial=record.serial,
            product_id=record.product,
            currency=currency,
            face_minor=record.face_minor,
            balance_minor=record.balance_minor,
            owner=record.owner,
            holder_id=holder,
            status=int(record.status),
            frozen_by=None if record.frozen_by is None else int(record.frozen_by),
            hold_kind=None if hold is None else int(hold.kind),
            hold_release=hold.release if hold is not None and isinstance(hold.release, bytes) else None,
            hold_role=int(hold.release) if hold is not None and isinstance(hold.release, Role) else None,
            hold_not_before_ms=None if hold is None else hold.not_before_ms,
            hold_until_ms=None if hold is None else hold.until_ms,
            hold_price_minor=None if hold is None else hold.price_minor,
            hold_reference=None if hold is None else hold.reference,
            parents=list(record.parents),
            hop=record.hop,
            version=record.version,
            activated_ms=record.activated_ms,
            expires_ms=record.expires_ms,
            entry=record.entry,
        )


class Movement(models.Model):
    """What one entry did to one card. The trail of a card is its movements and those of its ancestors.

    kind            the command's name; for a card that an entry made: `issue`, `split_part`, `merge_result`
    amount_minor    redeemed, refunded, voided, the balance a card began with, or the price of a sale for which it is or
                    was set aside; else 0
    balance_minor   the balance afterwards
    by_role         the authority that acted, none for the owner or the releaser
    hold_role       of a hold and its end: the authority that the card is set aside for, none if it is a link's key
    reference       hash that the command carries: of an order, a hold, a case, an envelope
    """

    index = models.BigIntegerField()
    serial = models.BigIntegerField()
    time_ms = models.BigIntegerField()
    kind = models.CharField(max_length=16)
    product_id = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(default=0)
    balance_minor = models.BigIntegerField()
    by_role = models.PositiveSmallIntegerField(null=True)
    hold_role = models.PositiveSmallIntegerField(null=True)
    holder_before = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    holder_after = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    owner_after = models.BinaryField(max_length=32)
    reference = models.BinaryField(max_length=32, null=True)
    hop = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["index", "serial"], name="one_movement_of_a_card"),)
        indexes = (
            models.Index(fields=["serial", "index"]),
            models.Index(fields=["holder_after", "-index"]),
            models.Index(fields=["kind", "time_ms"]),
        )


class Totals(models.Model):
    """The sums of one currency, as the ledger keeps them (`wire.money.Totals`), and the custodian's last statement."""

    currency = models.CharField(max_length=3, primary_key=True)
    issued = models.BigIntegerField(default=0)
    outstanding = models.BigIntegerField(default=0)
    redeemed = models.BigIntegerField(default=0)
    voided = models.BigIntegerField(default=0)
    inactive = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    frozen = models.BigIntegerField(default=0)
    deposit_minor = models.BigIntegerField(null=True)
    deposit_as_of_ms = models.BigIntegerField(null=True)
    deposit_entry = models.BigIntegerField(null=True)

    @property
    def owed_minor(self) -> int:
        """What the brand owes holders: outstanding balances of cards that were paid for."""
        return self.outstanding - self.inactive

    @property
    def custody_ratio_bp(self) -> int | None:
        """The share of what is owed that the custodian keeps, in basis points; none if nothing is owed or stated."""
        if self.deposit_minor is None or self.owed_minor <= 0:
            return None
        return self.deposit_minor * 10_000 // self.owed_minor


class DayFlow(models.Model):
    """What happened on one day (Asia/Shanghai) in one currency, and how things stood after its last entry.

    Amounts in minor units: issued, activated, redeemed, refunded, voided. Counts: transfers (claims by code apart),
    claims, holds, returns, splits, merges, freezes.
    """

    day = models.DateField()
    currency = models.CharField(max_length=3)
    issued = models.BigIntegerField(default=0)
    activated = models.BigIntegerField(default=0)
    redeemed = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    voided = models.BigIntegerField(default=0)
    claims = models.IntegerField(default=0)
    transfers = models.IntegerField(default=0)
    holds = models.IntegerField(default=0)
    returns = models.IntegerField(default=0)
    splits = models.IntegerField(default=0)
    merges = models.IntegerField(default=0)
    freezes = models.IntegerField(default=0)
    redemptions = models.IntegerField(default=0)
    outstanding_after = models.BigIntegerField(default=0)
    inactive_after = models.BigIntegerField(default=0)
    deposit_after = models.BigIntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["day", "currency"], name="one_flow_a_day"),)


class HolderKey(models.Model):
    """Which person a public key belongs to, written down before any command that names it is submitted. Not part of
    the projection: it is kept when that is made again.

    purpose   `owner` for a key that owns cards, `rebind` for one that waits out a rebind
    origin    serial and hop the key was derived for (`wallet.derive`)
    """

    public = models.BinaryField(max_length=32, primary_key=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="keys")
    purpose = models.CharField(max_length=8, default="owner")
    origin_serial = models.BigIntegerField()
    origin_hop = models.BigIntegerField()
