"""What the desk keeps about cases: the case, its log, why a card was stopped, appeals, lost cards, who looked at whom.

Rows only. What may be done with them stands in `cases`, `reasons`, `appeals`, `losses` and `looks`.
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Final

from django.conf import settings
from django.db import models

from cardtrail.web.actions.models import Confirmation
from cardtrail.web.desk.logged import Logged
from cardtrail.web.desk.waiting import Wait, wait_of
from cardtrail.web.desk.words import ENTRY_WORDS, KIND_WORDS, LOOK_WORDS, LOSS_WORDS, STATE_WORDS
from cardtrail.web.risks.models import Penalty
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits

PERSON: Final = settings.AUTH_USER_MODEL


class CaseYear(models.Model):
    """The last number given to a case in a year. Cases are opened one after the other because of it."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "desk"


class Case(models.Model):
    """Something that staff look into: about a person, a card, or both.

    number      for people: `2026-000123`
    person      whom it is about; staff may look at nobody else's record because of it, but for the card's holder
    serial      the card it is about
    opened_by   `holder`, `staff` or `system`; `opener` is the person, if one opened it
    reference   32 bytes that stand as `case` in the ledger's commands: so a card's trail leads here, and to nobody else
    origin      where it began, if a page of another app shows that (`origins`): `order/…`, `listing/…`
    due_ms      when it should be decided
    """

    class Kind(models.TextChoices):
        """What it is about."""

        NOT_ME = "not_me"
        LOST = "lost"
        IDENTITY = "identity"
        ENQUIRY = "enquiry"
        APPEAL = "appeal"
        COURT = "court"
        ERROR = "error"
        CONDUCT = "conduct"

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open"
        WAITING = "waiting"
        DECIDED = "decided"
        CLOSED = "closed"

    OPEN_STATES: ClassVar[tuple[str, ...]] = ("open", "waiting")

    number = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    person = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="cases")
    serial = models.BigIntegerField(null=True, db_index=True)
    opened_by = models.CharField(max_length=6)
    opener = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    assignee = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    reference = models.BinaryField(max_length=32, unique=True)
    origin = models.CharField(max_length=60, blank=True)
    opened_ms = models.BigIntegerField()
    changed_ms = models.BigIntegerField()
    due_ms = models.BigIntegerField(null=True)

    class Meta:
        app_label = "desk"
        indexes: ClassVar = [
            models.Index(fields=["state", "due_ms"]),
            models.Index(fields=["person", "-opened_ms"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in self.OPEN_STATES

    @property
    def wait(self) -> Wait | None:
        """What it waits for that staff cannot hasten; none if the next step is theirs."""
        return wait_of(self)

    @property
    def overdue(self) -> bool:
        """Whether staff are late: nobody else has to do something, no delay runs, and its time is over."""
        late = self.due_ms is not None and now_ms() > self.due_ms
        return late and self.state == self.State.OPEN and self.wait is None

    @property
    def kind_text(self) -> Text:
        """What it is about, in words."""
        return KIND_WORDS[self.kind]

    @property
    def state_text(self) -> Text:
        """Where it stands, in words."""
        return STATE_WORDS[self.state]

    @property
    def card_number(self) -> str:
        """The printed number of its card, empty without one."""
        return "" if self.serial is None else group_digits(card_number(self.serial))


class CaseEntry(Logged):
    """One line of a case's log.

    author        none: the system
    kind          what sort of line: a key of `words.ENTRY_WORDS`
    zh, en        what it says; staff's own notes stand in both as they were typed
    shown         whether the person may read it
    confirmation  what was confirmed with it
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="entries")
    at_ms = models.BigIntegerField()
    author = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10)
    zh = models.TextField()
    en = models.TextField()
    shown = models.BooleanField(default=False)
    confirmation = models.ForeignKey(Confirmation, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "desk"
        indexes: ClassVar = [models.Index(fields=["case", "at_ms"]), models.Index(fields=["-at_ms"])]

    def __str__(self) -> str:
        return f"entry {self.pk}"

    @property
    def text(self) -> Text:
        """What it says."""
        return Text(self.zh, self.en)

    @property
    def kind_text(self) -> Text:
        """What sort of line it is."""
        return ENTRY_WORDS[self.kind]


class Ruling(Logged):
    """What staff did to a card, and why, as its holder reads it.

    act     `freeze`, `unfreeze`, `void`, `rebind`
    cause   the ledger's word for it (`wire.commands.Cause`, in small letters)
    zh, en  the reason, for the holder
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="rulings")
    serial = models.BigIntegerField(db_index=True)
    act = models.CharField(max_length=8)
    cause = models.CharField(max_length=12)
    zh = models.TextField()
    en = models.TextField()
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    confirmation = models.ForeignKey(Confirmation, models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return f"ruling {self.pk}"

    @property
    def text(self) -> Text:
        """The reason, for the holder."""
        return Text(self.zh, self.en)


class Appeal(models.Model):
    """A person's word against a freeze or a void of their card, or against a penalty. One for each time.

    case     the appeal's own case; `about` is the case in which it was decided, if it was one of ours
    entry    the log entry that stopped the card `serial`; none for a penalty
    penalty  the penalty; none for a card
    act      `freeze`, `void` or `penalty`
    due_ms   by when it is decided
    """

    class State(models.TextChoices):
        """How it ended."""

        OPEN = "open"
        LIFTED = "lifted"
        UPHELD = "upheld"

    case = models.OneToOneField(Case, models.PROTECT, related_name="appeal")
    about = models.ForeignKey(Case, models.PROTECT, null=True, related_name="appeals")
    person = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    serial = models.BigIntegerField(null=True)
    entry = models.BigIntegerField(null=True)
    penalty = models.OneToOneField(Penalty, models.PROTECT, null=True, related_name="appeal")
    act = models.CharField(max_length=8)
    text = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    made_ms = models.BigIntegerField()
    due_ms = models.BigIntegerField()
    zh = models.TextField(blank=True)
    en = models.TextField(blank=True)
    decided_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    decided_ms = models.BigIntegerField(null=True)

    class Meta:
        app_label = "desk"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["serial", "entry"], name="one_appeal_for_each_stop"),
            models.CheckConstraint(
                condition=models.Q(penalty__isnull=True, serial__isnull=False, entry__isnull=False)
                | models.Q(penalty__isnull=False, serial__isnull=True, entry__isnull=True),
                name="appeals_against_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"

    @property
    def reason(self) -> Text:
        """Why it was decided so."""
        return Text(self.zh, self.en)


class LossClaim(models.Model):
    """Somebody says that they have lost a card and wants it back.

    how           their own words
    rebind_public hex of the key that will take the card, empty before staff have agreed
    begins_ms, ends_ms  from when until when it can be collected; none before the rebind is in the ledger
    stop          what its present holder confirmed to have it stopped at once
    rebind        what staff confirmed
    """

    class State(models.TextChoices):
        """Where it stands; `stage` also knows that the delay is over."""

        ASKED = "asked"
        CHECKED = "checked"
        PENDING = "pending"
        COLLECTABLE = "collectable"
        DONE = "done"
        OBJECTED = "objected"
        REFUSED = "refused"

    OPEN_STATES: ClassVar[tuple[str, ...]] = ("asked", "checked", "pending", "collectable")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(PERSON, models.PROTECT, related_name="loss_claims")
    serial = models.BigIntegerField(db_index=True)
    case = models.OneToOneField(Case, models.PROTECT, related_name="loss")
    how = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    rebind_public = models.CharField(max_length=64, blank=True)
    reported_ms = models.BigIntegerField()
    begins_ms = models.BigIntegerField(null=True)
    ends_ms = models.BigIntegerField(null=True)
    reason_zh = models.CharField(max_length=300, blank=True)
    reason_en = models.CharField(max_length=300, blank=True)
    stop = models.ForeignKey(Confirmation, models.PROTECT, null=True, related_name="+")
    rebind = models.ForeignKey(Confirmation, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "desk"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "serial"],
                condition=models.Q(state__in=("asked", "checked", "pending", "collectable")),
                name="one_open_claim_of_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"loss claim {self.id}"

    @property
    def stage(self) -> str:
        """Where it stands now: a delay that is over needs nobody to say so."""
        over = self.state == self.State.PENDING and self.begins_ms is not None and now_ms() >= self.begins_ms
        return self.State.COLLECTABLE.value if over else self.state

    @property
    def words(self) -> Text:
        """Where it stands, for its claimant."""
        return LOSS_WORDS[self.stage]

    @property
    def reason(self) -> Text:
        """Why it was refused."""
        return Text(self.reason_zh, self.reason_en)

    @property
    def last_four(self) -> str:
        """The last digits of the card's number."""
        return card_number(self.serial)[-4:]


class Look(Logged):
    """A member of staff has looked at something of a person's: which case it was for, what it was, and when."""

    staff = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    person = models.ForeignKey(PERSON, models.PROTECT, related_name="looked_at")
    case = models.ForeignKey(Case, models.PROTECT, related_name="looks")
    what = models.CharField(max_length=10)
    at_ms = models.BigIntegerField()

    class Meta:
        app_label = "desk"
        indexes: ClassVar = [models.Index(fields=["person", "-at_ms"]), models.Index(fields=["-at_ms"])]

    def __str__(self) -> str:
        return f"look {self.pk}"

    @property
    def what_text(self) -> Text:
        """What was looked at."""
        return LOOK_WORDS[self.what]


class CardLook(Logged):
    """A member of staff has looked at a card by its number, which shows nobody's name."""

    staff = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    serial = models.BigIntegerField(db_index=True)
    at_ms = models.BigIntegerField()

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return f"card look {self.pk}"
