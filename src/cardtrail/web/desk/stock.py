"""What the desk keeps about issuing: purchases, batches and their codes, deliveries, cards of the former system."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.ui.clock import DAY_MS

KEPT_AFTER_HANDOVER_MS = DAY_MS
"""So long after it was handed over whole, a file with codes can still be fetched again; then our copy goes."""


class IssuingSettings(models.Model):
    """What the brand sets for issuing. One row; whoever is about to issue or activate locks it, one after the other.

    approval_over_minor   what one member of staff issues or activates in a day beyond this sum needs a second person
    cover_minor           insurance or a bank's guarantee in place of a deposit
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    approval_over_minor = models.BigIntegerField(default=50_000_00)
    cover_minor = models.BigIntegerField(default=0)

    class Meta:
        app_label = "desk"


class Purchase(models.Model):
    """Who bought cards, and how they were paid for.

    name, document    sealed; wiped when the law no longer asks to keep them
    name_hash, document_hash   keyed hashes: whether it is the same buyer again, without opening anything
    identified        whether the buyer's document is on record (or was, until its time was over)
    """

    class Buyer(models.TextChoices):
        """Kinds of buyers. The names are those of `compliance.purchase.Buyer`."""

        PERSON = "person"
        ORGANISATION = "organisation"

    class Method(models.TextChoices):
        """How it was paid for. The names are those of `compliance.purchase.Method`."""

        BANK_TRANSFER = "bank_transfer"
        CASH = "cash"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    buyer = models.CharField(max_length=12, choices=Buyer.choices)
    name = models.BinaryField(null=True)
    document = models.BinaryField(null=True)
    name_hash = models.BinaryField(max_length=32, null=True, db_index=True)
    document_hash = models.BinaryField(max_length=32, null=True, db_index=True)
    identified = models.BooleanField()
    method = models.CharField(max_length=16, choices=Method.choices)
    on_premises = models.BooleanField()
    invoice = models.CharField(max_length=60, blank=True)
    named_minor = models.BigIntegerField()
    anonymous_minor = models.BigIntegerField()
    time_ms = models.BigIntegerField()

    class Meta:
        app_label = "desk"


class Batch(models.Model):
    """Cards of one product and face that are issued together.

    purchase      who bought them; none for stock that is sold later
    issue         what was confirmed; its actions make the cards, up to 1,000 each
    issued        so many of them are in the ledger
    activated     so many of them were activated through the desk
    delivered_ms  when our copy of the codes was destroyed
    """

    product_id = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField()
    count = models.PositiveIntegerField()
    purchase = models.OneToOneField(Purchase, models.PROTECT, null=True, related_name="batch")
    issue = models.ForeignKey(Confirmation, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_ms = models.BigIntegerField()
    issued = models.PositiveIntegerField(default=0)
    activated = models.PositiveIntegerField(default=0)
    delivered_ms = models.BigIntegerField(null=True)

    class Meta:
        app_label = "desk"
        indexes = (models.Index(fields=["product_id", "-made_ms"]),)

    @property
    def total_minor(self) -> int:
        """All face values together."""
        return self.face_minor * self.count


class CodeChunk(models.Model):
    """The codes of up to 1,000 cards of a batch, sealed until they are delivered.

    action        the command that issues them
    first_serial  of its cards, which follow each other; known once they are in the ledger
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="chunks")
    place = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    action = models.OneToOneField(Action, models.PROTECT, related_name="+")
    first_serial = models.BigIntegerField(null=True)
    sealed = models.BinaryField(null=True)

    class Meta:
        app_label = "desk"
        constraints = (models.UniqueConstraint(fields=["batch", "place"], name="one_chunk_a_place"),)
        indexes = (models.Index(fields=["first_serial"]),)


class Activation(models.Model):
    """Cards that were made usable together: a range, or a whole batch.

    purchase   who bought them, where they were stock until now
    """

    confirmation = models.OneToOneField(Confirmation, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="activations")
    purchase = models.OneToOneField(Purchase, models.PROTECT, null=True, related_name="activation")
    first_serial = models.BigIntegerField()
    last_serial = models.BigIntegerField()
    count = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_ms = models.BigIntegerField()

    class Meta:
        app_label = "desk"


class Delivery(models.Model):
    """A file with a batch's codes, on its way to whoever prints or sends them.

    recipients   public keys it is encrypted to, a line each; empty for card sheets
    done         so many cards are in the file
    sha256       of the finished file as it is handed over
    handed_ms    when it was first handed over whole
    ended_ms     when our copy went; `ended_by` pressed the button, or it was the worker
    destroyed    whether the codes went with it; else nobody had fetched the file, and they stay
    lease_ms     until when the process that makes the file has it for itself
    """

    class Kind(models.TextChoices):
        """What kind of file."""

        AGE = "age"
        PDF = "pdf"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    recipients = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_ms = models.BigIntegerField()
    done = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    handed_ms = models.BigIntegerField(null=True)
    ended_ms = models.BigIntegerField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    destroyed = models.BooleanField(default=False)
    lease_ms = models.BigIntegerField(default=0)

    class Meta:
        app_label = "desk"
        constraints = (
            models.UniqueConstraint(
                fields=["batch"], condition=Q(ended_ms__isnull=True), name="one_delivery_at_a_time"
            ),
        )

    @property
    def ready(self) -> bool:
        """Whether the file can be fetched."""
        return bool(self.sha256) and self.ended_ms is None

    @property
    def goes_ms(self) -> int | None:
        """When our copy goes by itself; none while nobody has fetched it whole."""
        return None if self.handed_ms is None else self.handed_ms + KEPT_AFTER_HANDOVER_MS

    @property
    def file_name(self) -> str:
        """As it is saved by whoever fetches it."""
        return f"cardtrail-batch-{self.batch_id}.{'csv.age' if self.kind == self.Kind.AGE else 'pdf'}"


class Handover(models.Model):
    """One fetching of a file with codes: by whom, and whether it went through to the last byte."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="handovers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    address = models.CharField(max_length=45)
    started_ms = models.BigIntegerField()
    finished_ms = models.BigIntegerField(null=True)

    class Meta:
        app_label = "desk"


class Import(models.Model):
    """A file of cards from the brand's former system.

    problems      rows that cannot come in: [line, zh, en] each; never a number or code
    confirmation  what was confirmed last: the import, or what was left to do of it
    confirmed_ms  when it was confirmed; until then this and the checked rows are kept for a day
    cards         rows that were right; what they were worth when they were new, and what is left on them
    """

    product_id = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_ms = models.BigIntegerField()
    file_name = models.CharField(max_length=120)
    file_sha256 = models.CharField(max_length=64)
    cards = models.PositiveIntegerField()
    face_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    problems = models.JSONField(default=list)
    confirmation = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    confirmed_ms = models.BigIntegerField(null=True)

    class Meta:
        app_label = "desk"


class ImportedCard(models.Model):
    """A card of the former system. Its number and code are kept as keyed hashes only.

    place     its place in the import: by face, then by line
    serial    its card in the ledger
    live      whether its import was confirmed; only then its number is taken
    ready     whether its card is active and bears the balance it had; only then its code opens it
    """

    of = models.ForeignKey(Import, models.PROTECT, related_name="rows")
    place = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    number_hash = models.BinaryField(max_length=32)
    code_hash = models.BinaryField(max_length=32)
    face_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    expires_ms = models.BigIntegerField(null=True)
    serial = models.BigIntegerField(null=True, unique=True)
    live = models.BooleanField(default=False)
    ready = models.BooleanField(default=False)
    claimed_ms = models.BigIntegerField(null=True)

    class Meta:
        app_label = "desk"
        constraints = (
            models.UniqueConstraint(fields=["of", "place"], name="one_row_a_place"),
            models.UniqueConstraint(
                fields=["number_hash"], condition=Q(live=True), name="one_card_for_an_old_number"
            ),
        )
