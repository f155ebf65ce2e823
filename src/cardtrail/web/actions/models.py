"""Confirmations, the actions they stand for, and the roots that sign them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.refusals import words_of
from cardtrail.web.ui.texts import Text


class Root(models.Model):
    """A person's wallet root, sealed under the key-encryption key. Without that key the row is worth nothing.

    One for each person; the brand's own (`person` none) keeps imported cards until they are claimed.
    """

    person = models.OneToOneField(Person, models.PROTECT, null=True, related_name="root")
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(person__isnull=True), name="one_root_of_the_brand"
            ),
        )


class Confirmation(models.Model):
    """What somebody agreed to, as it happened: what a court would later ask for.

    purpose      what it was about, in one word
    text         the very words shown, in the language shown
    at_ms        when it was given
    session      SHA-256 of the session's key
    device       the device's id
    address      the client's address
    agent        what the browser says it is
    method       how the person last proved who they are: `password`, `totp`, `passkey`, …
    orders       what it stands for: kind, serial, parameters, and SHA-256 of a secret if there is one
    evidence     SHA-256 of all of these (`evidence.hash_of`)
    seal         the evidence under a key that is not in the database: whoever can write to the database alone
                 cannot make a confirmation. Without a fitting one, nothing is signed
    approval     empty, or what kind of approval a second member of staff has to give
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="confirmations")
    purpose = models.CharField(max_length=24)
    text = models.TextField()
    language = models.CharField(max_length=10)
    at_ms = models.BigIntegerField()
    session = models.BinaryField(max_length=32)
    device = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    agent = models.CharField(max_length=300)
    method = models.CharField(max_length=40)
    orders = models.JSONField()
    evidence = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32)
    approval = models.CharField(max_length=24, blank=True)
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    approved_ms = models.BigIntegerField(null=True)
    declined_ms = models.BigIntegerField(null=True)
    approval_given = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    @property
    def only_action(self) -> Action:
        """Its action, where it stands for exactly one."""
        return self.actions.get()


class Action(models.Model):
    """One command that a confirmation stands for, from agreeing to its place in the log.

    place        its place among the confirmation's orders
    envelope     the identity envelope it gives for the new owner, sealed; the ledger has its hash
    sealed       a secret it needs (a card's code, a link's secret) under the key-encryption key; wiped at the end
    raw          the signed command, written down before it is submitted, so that it can never be signed twice
    not_after_ms when the signed command is void: only then it may be signed anew
    lease_ms     until when the process that took it up has it for itself
    attempts     how often it was taken up; signings: how often it was signed
    """

    class State(models.TextChoices):
        """Where it stands. `awaiting` a second person's approval, or that it is let go (`actions.waiting`). `done`,
        `refused` and `declined` are the ends."""

        AWAITING = "awaiting"
        CONFIRMED = "confirmed"
        SIGNED = "signed"
        DONE = "done"
        REFUSED = "refused"
        DECLINED = "declined"

    ENDS: ClassVar[frozenset[str]] = frozenset((State.DONE, State.REFUSED, State.DECLINED))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    confirmation = models.ForeignKey(Confirmation, models.PROTECT, related_name="actions")
    place = models.PositiveIntegerField(default=0)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="actions")
    kind = models.CharField(max_length=16)
    serial = models.BigIntegerField(null=True)
    parameters = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    envelope = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CONFIRMED)
    command_id = models.BinaryField(max_length=32, null=True, unique=True)
    raw = models.BinaryField(null=True)
    not_after_ms = models.BigIntegerField(null=True)
    entry_index = models.BigIntegerField(null=True)
    time_ms = models.BigIntegerField(null=True)
    reason_code = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    signings = models.PositiveIntegerField(default=0)
    next_try_ms = models.BigIntegerField(default=0)
    lease_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["confirmation", "place"], name="one_action_a_place"),)
        indexes = (
            models.Index(
                fields=["next_try_ms"],
                condition=models.Q(state__in=("confirmed", "signed")),
                name="actions_under_way",
            ),
            models.Index(fields=["serial", "state"]),
            models.Index(fields=["entry_index"]),
        )

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in self.ENDS

    @property
    def reason(self) -> Text | None:
        """Why it was refused, for people."""
        return words_of(self.reason_code) if self.reason_code else None
