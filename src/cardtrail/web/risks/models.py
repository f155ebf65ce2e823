"""What risk keeps: rules by version, decisions with all their values, traces, counters, penalties."""

from __future__ import annotations

import uuid
from typing import ClassVar

import msgspec
from django.db import models

from cardtrail.risk.port import Outcome, Verdict
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text


class Rules(models.Model):
    """A version of the rules, from a moment on. Rows stay for ever: decisions name them.

    raw     the set as text (`risk.rules.read_rules`)
    author  who set it
    """

    version = models.PositiveIntegerField(primary_key=True)
    raw = models.TextField()
    from_ms = models.BigIntegerField()
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")


class Decision(models.Model):
    """A question that was asked, and its verdict.

    about       what it was for, in the asker's words: `listing/…`, `order/…`
    outcome     `risk.port.Outcome`
    question    as it was asked, with every signal (JSON of `risk.port.Question`); empty if risk failed before
    verdict     as it was answered, with every value and limit (JSON of `risk.port.Verdict`)
    rules       the rules' version, 0 if risk failed
    passed_ms   when a member of staff let it pass, and who; `passed_why` in their words
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="risk_decisions")
    act = models.CharField(max_length=10)
    serial = models.BigIntegerField(null=True)
    about = models.CharField(max_length=80)
    at_ms = models.BigIntegerField()
    outcome = models.CharField(max_length=8)
    question = models.TextField(blank=True)
    verdict = models.TextField()
    rules = models.PositiveIntegerField()
    passed_ms = models.BigIntegerField(null=True)
    passed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    passed_why = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "-at_ms"]),
            models.Index(fields=["about"]),
            models.Index(
                fields=["at_ms"],
                condition=models.Q(outcome="hold", passed_ms__isnull=True),
                name="decisions_that_hold",
            ),
        ]

    @property
    def positive(self) -> bool:
        """Whether it may go on: risk allowed it, or a person let it pass."""
        return self.outcome == Outcome.ALLOW or self.passed_ms is not None

    @property
    def answer(self) -> Verdict:
        """The verdict as it was given."""
        return msgspec.json.decode(self.verdict, type=Verdict)

    def __str__(self) -> str:
        return f"decision {self.id}"


class Cover(models.Model):
    """This decision is about this action, as it was confirmed: of the newest one the clearer's signature depends."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="covers")
    action = models.ForeignKey(Action, models.PROTECT, related_name="+")
    evidence = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["decision", "action"], name="one_cover_of_an_action")
        ]


class Gate(models.Model):
    """A person's own row to lock while their cards are counted: whoever else counts them waits.

    Not the person's row itself, for on that every row that names the person would wait, too.
    """

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="+")


class Moved(models.Model):
    """When a person last passed a card on, or was allowed to."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    serial = models.BigIntegerField()
    at_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "serial"], name="one_row_of_a_moved_card")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "at_ms"]),
            models.Index(fields=["at_ms"]),
        ]


class Seen(models.Model):
    """A person was seen with something: a device, an address, a network, a payer, a partner, a document.

    token  a keyed hash of it: from a copy of the database nobody learns addresses or accounts
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    token = models.CharField(max_length=64)
    first_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "kind", "token"], name="one_row_of_a_thing_seen")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "token"])]


class Penalty(models.Model):
    """A person may not trade, until a moment or until it is lifted.

    kind          what they may not do meanwhile
    case          where it was decided
    confirmation  what the member of staff confirmed who imposed it; with it stands who approved that, where it took two
    until_ms      none: until somebody lifts it
    """

    class Kind(models.TextChoices):
        """What it keeps the person from; `penalties.RESTRICTS` says which of risk's acts that is."""

        ALL = "all"
        SELL = "sell"
        BUY = "buy"

    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.ALL)
    person = models.ForeignKey(Person, models.PROTECT, related_name="penalties")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    case = models.CharField(max_length=80)
    confirmation = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    reason_zh = models.CharField(max_length=300)
    reason_en = models.CharField(max_length=300)
    from_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField(null=True)
    lifted_ms = models.BigIntegerField(null=True)
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    @property
    def reason(self) -> Text:
        """Why, for the person."""
        return Text(self.reason_zh, self.reason_en)

    @property
    def runs(self) -> bool:
        """Whether it is in force."""
        return self.lifted_ms is None and (self.until_ms is None or self.until_ms > now_ms())

    def __str__(self) -> str:
        return f"penalty {self.pk}"
