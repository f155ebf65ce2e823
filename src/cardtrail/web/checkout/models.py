"""Payments that a shop asks for, what people try to pay them with, and what comes back."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import ClassVar

from django.conf import settings
from django.db import models

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.wire.codec import encode

ID_BYTES = 16
TOKEN_BYTES = 16


def new_payment_id() -> str:
    """A payment's public id: 128 bits of randomness."""
    return f"pay_{secrets.token_hex(ID_BYTES)}"


def payment_id_of(person: Person, token: str) -> str:
    """The id of what one form of a person's asks for: the same each time it is sent, and nobody else's to guess."""
    text = f"cardtrail/v1/till-form/{person.pk}/{token}"
    return f"pay_{hmac.digest(settings.SECRET_KEY.encode(), text.encode(), 'sha256')[:ID_BYTES].hex()}"


def new_refund_id() -> str:
    """A refund's public id."""
    return f"ref_{secrets.token_hex(ID_BYTES)}"


def order_hash(payment_id: str, reference: str) -> bytes:
    """The ledger's `order` of a payment: SHA-256 over canonical msgpack of a label, the payment's id and the shop's
    own reference. It says nothing to whoever does not know both, and ties the entry to both for whoever does."""
    return sha256(encode(("cardtrail/v1/order", payment_id, reference))).digest()


class Payment(models.Model):
    """An amount that a shop asks for.

    reference       the shop's own order reference
    order           what the ledger calls the order (`order_hash`)
    kind            `till`: paid by the person who scans its one-time code; `online`: in a shop's checkout
    refunded_minor  what has come back to the cards
    payer           who took it up; nobody else can then
    code            eight digits to type where a camera fails; gone once it is taken up or over
    typed           keyed hash of the code, from when it is taken up until it is over: the payer may send it again
    made_by         the member of staff who asked for it, or who made the API key that did
    api_key         the beginning of that key, empty for a payment made in the pages
    """

    class Kind(models.TextChoices):
        """Where it is paid."""

        TILL = "till"
        ONLINE = "online"

    class State(models.TextChoices):
        """Where it stands. `paying`: somebody has confirmed it and the ledger has not said everything yet."""

        OPEN = "open"
        PAYING = "paying"
        PAID = "paid"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    id = models.CharField(primary_key=True, max_length=40, default=new_payment_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reference = models.CharField(max_length=100)
    order = models.BinaryField(max_length=32)
    shop = models.CharField(max_length=60)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    refunded_minor = models.BigIntegerField(default=0)
    payer = models.ForeignKey(Person, models.PROTECT, null=True, related_name="payments")
    code = models.CharField(max_length=8, null=True, unique=True)  # Unique, so none is not empty.
    typed = models.BinaryField(max_length=32, null=True)
    return_url = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    api_key = models.CharField(max_length=16, blank=True)
    made_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)

    class Meta:
        """How the table is kept."""

        ordering = ("-made_ms", "-id")
        indexes = (
            models.Index(fields=["-made_ms", "-id"], name="payments_by_time"),
            models.Index(fields=["payer", "-made_ms"], name="payments_of_a_person"),
            models.Index(fields=["expires_ms"], condition=models.Q(state="open"), name="payments_waiting"),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")),
                name="refunded_within_paid",
            ),
        )

    def __str__(self) -> str:
        return f"payment {self.id}"

    @property
    def token(self) -> str:
        """The one-time secret in the till's QR code. It is derived and not kept: the database does not have it."""
        key = settings.SECRET_KEY.encode()
        raw = hmac.digest(key, f"cardtrail/v1/till/{self.id}".encode(), "sha256")[:TOKEN_BYTES]
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    @property
    def status(self) -> str:
        """The state in one word, refunds included: `partly_refunded`, `refunded`, else `state`."""
        if self.state != self.State.PAID or not self.refunded_minor:
            return self.state
        return "refunded" if self.refunded_minor == self.amount_minor else "partly_refunded"

    @property
    def page_url(self) -> str:
        """The address that the payer opens; for a till with the one-time secret behind the #."""
        url = f"{settings.CONFIG.public_url}/pay/{self.id}"
        return f"{url}#{self.token}" if self.kind == self.Kind.TILL else url


def typed_hash(code: str) -> bytes:
    """A till's code, so that whoever has the database cannot try out which one it was."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"cardtrail/v1/till-code/{code}".encode(), "sha256")


class Attempt(models.Model):
    """Somebody confirmed to pay with certain cards.

    trying   the ledger has not said everything yet
    paid     every card paid its part
    undoing  a card was refused, and what the others gave is on its way back
    failed   nothing was taken, or all of it has come back
    """

    class State(models.TextChoices):
        """Where it stands."""

        TRYING = "trying"
        PAID = "paid"
        UNDOING = "undoing"
        FAILED = "failed"

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="attempts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    confirmation = models.OneToOneField(Confirmation, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.TRYING)
    reason_code = models.CharField(max_length=32, blank=True)
    made_ms = models.BigIntegerField()

    class Meta:
        """How the table is kept."""

        ordering = ("id",)


class Charge(models.Model):
    """One card's part of an attempt.

    action        the `redeem`
    undo          the latest `refund` that puts it back, where another card was refused
    returned_ms   when that was done
    undo_next_ms  when it is tried again after a refusal; `undo_tries` counts
    """

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="charges")
    serial = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    action = models.OneToOneField(Action, models.PROTECT, related_name="+")
    undo = models.OneToOneField(Action, models.PROTECT, null=True, related_name="+")
    returned_ms = models.BigIntegerField(null=True)
    undo_next_ms = models.BigIntegerField(null=True)
    undo_tries = models.PositiveIntegerField(default=0)

    class Meta:
        """How the table is kept."""

        ordering = ("id",)
        indexes = (
            models.Index(
                fields=["undo_next_ms"],
                condition=models.Q(undo_next_ms__isnull=False),
                name="charges_to_put_back",
            ),
        )


class Refund(models.Model):
    """Money of a paid payment that the shop gives back.

    amount_minor   what was asked for; `done_minor` what came back
    state          `pending` until the ledger has said everything; `done`, `refused`, or `partly` of several cards
    """

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending"
        DONE = "done"
        PARTLY = "partly"
        REFUSED = "refused"

    id = models.CharField(primary_key=True, max_length=40, default=new_refund_id, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    done_minor = models.BigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    reason_code = models.CharField(max_length=32, blank=True)
    confirmation = models.OneToOneField(Confirmation, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    api_key = models.CharField(max_length=16, blank=True)
    made_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)

    class Meta:
        """How the table is kept."""

        ordering = ("made_ms", "id")
        verbose_name_plural: ClassVar[str] = "refunds"

    def __str__(self) -> str:
        return f"refund {self.id}"


class Repayment(models.Model):
    """One card's part of a refund."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="parts")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="repayments")
    serial = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    action = models.OneToOneField(Action, models.PROTECT, related_name="+")

    class Meta:
        """How the table is kept."""

        ordering = ("id",)
