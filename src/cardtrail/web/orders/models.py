"""Orders as rows, what is still to be done outside, what came in, and what staff have to look at.

Nobody writes to `Deal` but `deciding`; nobody writes to `Errand` but `deciding` and `errands`.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from cardtrail.deals.order_state import Order
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.orders import codec

PERSON = settings.AUTH_USER_MODEL


class Deal(models.Model):
    """An order. `state` is the whole of it, as the machine knows it; the columns beside it are for finding and locking,
    and always say the same.

    state         the machine's order (`deals.order_state.Order`) as JSON
    version       the machine's count of changes: compared and swapped
    card          where the card is, the machine's word
    reserves      the listed card is kept for this order: there is one such order for a card, by a constraint
    watches       a movement of the card on the ledger can concern this order
    next_ms       when the next timer fires, none if none runs
    listing       what the market calls the listing
    held_by       the seller's confirmation, by which the card is set aside
    delivery      the buyer's waiting order to deliver
    disputed_by   the buyer's confirmation in a dispute: what waits in it moves the card again
    payee         the seller's account there, as it was when the order was opened: another one later changes nothing.
                  `payee_seal` makes it ours (`payees`): another one in the row is paid nothing
    provider      who holds the money; `payment_id` is its name for the payment, the newest one heard. Those before it
                  are `PaymentName`s
    pay_url, pay_qr  how the buyer pays, once the provider has said so
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.BinaryField()
    version = models.PositiveIntegerField()
    stage = models.CharField(max_length=20)
    card = models.CharField(max_length=16)
    funds = models.CharField(max_length=20)
    dispute = models.CharField(max_length=12)
    gate = models.CharField(max_length=12)
    reserves = models.BooleanField()
    watches = models.BooleanField()
    next_ms = models.BigIntegerField(null=True)
    seller = models.ForeignKey(PERSON, models.PROTECT, related_name="sold_deals")
    buyer = models.ForeignKey(PERSON, models.PROTECT, related_name="bought_deals")
    serial = models.BigIntegerField()
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    listing = models.CharField(max_length=64, db_index=True)
    held_by = models.ForeignKey(Confirmation, models.PROTECT, related_name="+")
    delivery = models.OneToOneField(Action, models.PROTECT, related_name="+")
    disputed_by = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    provider = models.CharField(max_length=16)
    payee = models.CharField(max_length=128)
    payee_seal = models.BinaryField(max_length=32)
    payment_id = models.CharField(max_length=128, blank=True)
    pay_url = models.TextField(blank=True)
    pay_qr = models.TextField(blank=True)
    opened_ms = models.BigIntegerField()
    changed_ms = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["serial"], condition=models.Q(reserves=True), name="one_order_reserves_a_card"
            ),
        )
        indexes = (
            models.Index(fields=["next_ms"], condition=models.Q(next_ms__isnull=False), name="deals_timed"),
            models.Index(fields=["serial"], condition=models.Q(watches=True), name="deals_watching"),
            models.Index(fields=["seller", "-opened_ms"]),
            models.Index(fields=["buyer", "-opened_ms"]),
            models.Index(fields=["stage", "-opened_ms"]),
            models.Index(fields=["provider", "payment_id"]),
        )

    @property
    def order(self) -> Order:
        """The order as the machine knows it."""
        return codec.order(bytes(self.state))

    @property
    def number(self) -> str:
        """What people and the provider call it: 32 hexadecimal digits."""
        return self.id.hex

    def __str__(self) -> str:
        return self.number


class PaymentName(models.Model):
    """A payment of an order's that is not its newest one, by the provider's name: a bank takes back that one, too, and
    some providers then name nothing else (`payment_names`)."""

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="payment_names")
    provider = models.CharField(max_length=16)
    payment_id = models.CharField(max_length=128)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["provider", "payment_id"], name="a_payment_is_one_orders"),
        )


class Step(models.Model):
    """One event that changed an order: its history, in order of `version`.

    event         the machine's event as JSON
    confirmation  what the person agreed to who made it, if a person did
    """

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="steps")
    version = models.PositiveIntegerField()
    at_ms = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    event = models.BinaryField()
    stage = models.CharField(max_length=20)
    confirmation = models.ForeignKey(Confirmation, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["deal", "version"], name="one_step_a_version"),)


class Account(models.Model):
    """A person's account with a payment provider: where a seller is paid. A play account also pays.

    reference   the provider's name for it: a play account, a sub-merchant's id, a connected account
    agreed      what two members of staff confirmed about it; only a play account needs nobody's word
    """

    person = models.ForeignKey(PERSON, models.PROTECT, related_name="pay_accounts")
    provider = models.CharField(max_length=16)
    reference = models.CharField(max_length=128)
    made_ms = models.BigIntegerField()
    agreed = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person", "provider"], name="one_account_each"),
            models.UniqueConstraint(
                fields=["provider", "reference"],
                condition=~models.Q(provider="sandbox"),
                name="one_person_an_account",
            ),
        )


class Errand(models.Model):
    """Something to be done at the payment provider: an effect of a decision, written in its transaction, run after it.

    key         the machine's key of the effect: what is decided twice is one row. Its SHA-256 is the provider's
                idempotency key
    effect      the machine's effect as JSON
    asked       how often the provider was asked in vain
    lease_ms    until when the process that took it up has it for itself; `attempts` tells whose turn it is
    answer      what the provider said last, a code
    """

    class State(models.TextChoices):
        """`pending`: the provider works on it, so it is asked again later."""

        DUE = "due"
        PENDING = "pending"
        DONE = "done"
        REFUSED = "refused"

    OPEN: ClassVar[tuple[str, ...]] = (State.DUE, State.PENDING)

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="errands")
    key = models.CharField(max_length=400, unique=True)
    kind = models.CharField(max_length=24)
    effect = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    made_ms = models.BigIntegerField()
    next_try_ms = models.BigIntegerField()
    lease_ms = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["next_try_ms"],
                condition=models.Q(state__in=("due", "pending")),
                name="errands_to_run",
            ),
            models.Index(fields=["deal", "state"]),
        )


class Incoming(models.Model):
    """A provider's notification, once, however often it is delivered.

    event_id   the provider's id of it
    number     the order it names; `deal` is that order, none if there is none
    body       SHA-256 of the raw body; `headers` are those that were verified with it
    event      what it says, after verification, as JSON (`payments.port.Event`)
    times      how often it was delivered
    outcome    `taken`, `unknown`, or the code of the machine's refusal
    """

    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=128)
    kind = models.CharField(max_length=16)
    number = models.CharField(max_length=32)
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, related_name="incoming")
    body = models.BinaryField(max_length=32)
    headers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    event = models.BinaryField()
    received_ms = models.BigIntegerField()
    times = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=40)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider", "event_id"], name="heard_once"),)
        indexes = (models.Index(fields=["number"]),)


class Pulse(models.Model):
    """When a part of ours was last alive: `timers`, `web`."""

    part = models.CharField(primary_key=True, max_length=16)
    at_ms = models.BigIntegerField()


class Outage(models.Model):
    """A time in which a part of ours was down: nobody's deadlines run while it lasts. They are moved when they are
    looked at (`outages.counted_again`), not before."""

    part = models.CharField(max_length=16)
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["part", "start_ms"], name="one_outage_at_a_time"),)


class Matter(models.Model):
    """Something that a member of staff has to look at: what the machine leaves to people, and every difference that
    reconciling has found.

    key      what it is about: found again, it is the same matter
    origin   `order` or `reconcile`
    kind     what it is, one word of the machine's or of `reconcile`
    detail   the code behind it
    facts    what was compared, for a difference
    """

    key = models.CharField(max_length=400, unique=True)
    origin = models.CharField(max_length=10)
    kind = models.CharField(max_length=40)
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, related_name="matters")
    serial = models.BigIntegerField(null=True)
    detail = models.CharField(max_length=200, blank=True)
    facts: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(default=dict)
    opened_ms = models.BigIntegerField()
    closed_ms = models.BigIntegerField(null=True)
    closed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["opened_ms"], condition=models.Q(closed_ms__isnull=True), name="matters_open"
            ),
        )


class Reconciled(models.Model):
    """When orders, cards and funds were last compared. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at_ms = models.BigIntegerField()


class Exhibit(models.Model):
    """What a party shows in a dispute: words, and pictures made anew from what was sent.

    sha256  of what is kept: what the machine refers to
    """

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="exhibits")
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    side = models.CharField(max_length=6)
    purpose = models.CharField(max_length=8)
    text = models.TextField()
    sha256 = models.BinaryField(max_length=32)
    at_ms = models.BigIntegerField()
    confirmation = models.ForeignKey(Confirmation, models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["deal", "by", "sha256"], name="shown_once"),)


class Picture(models.Model):
    """A picture of an exhibit, in the only format we keep: JPEG without any metadata."""

    exhibit = models.ForeignKey(Exhibit, models.PROTECT, related_name="pictures")
    place = models.PositiveSmallIntegerField()
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()


class Ruling(models.Model):
    """Why a member of staff decided as they did: both parties read it."""

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="rulings")
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    appeal = models.BooleanField()
    outcome = models.CharField(max_length=8)
    refund_minor = models.BigIntegerField()
    reasons = models.TextField()
    at_ms = models.BigIntegerField()
    confirmation = models.OneToOneField(Confirmation, models.PROTECT, related_name="+")


class Claim(models.Model):
    """What a seller owes: the payment was called back after they had been paid. Nobody owes it once it is dropped."""

    deal = models.OneToOneField(Deal, models.PROTECT, related_name="claim")
    seller = models.ForeignKey(PERSON, models.PROTECT, related_name="claims_on")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_ms = models.BigIntegerField()
    dropped_ms = models.BigIntegerField(null=True)


class Ending(models.Model):
    """How a deal ended: what the records of both parties are made from."""

    deal = models.OneToOneField(Deal, models.PROTECT, related_name="ending")
    seller = models.ForeignKey(PERSON, models.PROTECT, related_name="endings_as_seller")
    buyer = models.ForeignKey(PERSON, models.PROTECT, related_name="endings_as_buyer")
    ended = models.CharField(max_length=10)
    price_minor = models.BigIntegerField()
    refund_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    disputed = models.BooleanField()
    at_ms = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(fields=["seller", "-at_ms"]),
            models.Index(fields=["buyer", "-at_ms"]),
        )
