"""What the brand offers for its cards, the cards that came back, and the points that people got for them.

Nobody writes to `Return.state` but `quotes`, `handing` and `course`, each by compare-and-swap.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

import msgspec
from django.conf import settings
from django.db import models

from cardtrail.pricing.offers import Terms
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.ui.texts import Text

PERSON = settings.AUTH_USER_MODEL


class Units(models.TextChoices):
    """What is given for a card (`pricing.offers.Unit`)."""

    MONEY = "money"
    POINTS = "points"


class Purse(models.Model):
    """One row for each unit and currency: whoever spends of its budget locks it first, so nobody counts what another
    is just adding to."""

    unit = models.CharField(max_length=6, choices=Units.choices)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "currency"], name="one_purse_each"),)


class Offer(models.Model):
    """A version of the terms on which cards are taken back. Rows stay for ever: quotes name them.

    raw         the terms (`pricing.offers.Terms`) as JSON; they say since when they apply
    proposed    the confirmation of the member of staff who set them, `approved` that of another one
    closed_ms   when it was declined or withdrawn instead
    """

    unit = models.CharField(max_length=6, choices=Units.choices)
    currency = models.CharField(max_length=3)
    version = models.PositiveIntegerField()
    from_ms = models.BigIntegerField()
    raw = models.TextField()
    proposed = models.OneToOneField(Confirmation, models.PROTECT, related_name="+")
    approved = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    closed_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["unit", "currency", "version"], name="one_offer_a_version"),
        )
        indexes = (models.Index(fields=["unit", "currency", "-from_ms"]),)

    @property
    def terms(self) -> Terms:
        """The terms as `pricing` reads them."""
        return msgspec.json.decode(self.raw, type=Terms)

    @property
    def waits(self) -> bool:
        """Whether nobody has approved or declined it yet."""
        return self.approved_id is None and self.closed_ms is None

    def __str__(self) -> str:
        return f"{self.unit} {self.currency} {self.version}"


class Return(models.Model):
    """A quote and, once its holder has said yes, the way of the card back to the brand.

    pays          what is given: minor units of `currency`, or points
    until_ms      the last moment at which the quote can be taken
    day           the brand's civil day whose budget it comes from
    formula       how it was reckoned, in both languages
    confirmation  the holder's; its actions are `hand_in`, `take_in`, `hand_back`
    provider, account  who pays, and the person's account there; empty for points
    entry_index   the entry by which the card ended
    reason_code   why it came to nothing (`actions.refusals`)
    ended_ms      when nothing more was to happen
    attempts, lease_ms, next_try_ms, answer  of the payout, as `orders.Errand` has them
    settling      what a member of staff has asked for about the payout: it rests until a second one has answered
    by_hand       by which it counts as paid outside of the provider
    redirected    by which it goes to another account than its holder confirmed; `turn` counts how often that was
    """

    class State(models.TextChoices):
        """Where it stands.

        quoted     nothing has happened; over at `until_ms`
        lapsed     withdrawn, or another quote for the card was made
        confirmed  the card is being set aside for the brand
        taking     it is set aside, and is being ended
        owed       the card is no more, and the money is on its way
        paid       money or points are the person's
        refused    the card could not be set aside: nothing has changed
        returning  the card could not be ended: its hold is being lifted
        given_back nothing has changed
        """

        QUOTED = "quoted"
        LAPSED = "lapsed"
        CONFIRMED = "confirmed"
        TAKING = "taking"
        OWED = "owed"
        PAID = "paid"
        REFUSED = "refused"
        RETURNING = "returning"
        GIVEN_BACK = "given_back"

    OPEN: ClassVar[tuple[str, ...]] = (
        State.QUOTED,
        State.CONFIRMED,
        State.TAKING,
        State.OWED,
        State.RETURNING,
    )
    UNDER_WAY: ClassVar[tuple[str, ...]] = (State.CONFIRMED, State.TAKING, State.OWED, State.RETURNING)
    TAKEN: ClassVar[tuple[str, ...]] = (State.OWED, State.PAID)
    SPENDS: ClassVar[tuple[str, ...]] = (State.CONFIRMED, State.TAKING, State.OWED, State.PAID)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(PERSON, models.PROTECT, related_name="returns")
    serial = models.BigIntegerField()
    unit = models.CharField(max_length=6, choices=Units.choices)
    currency = models.CharField(max_length=3)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="returns")
    balance_minor = models.BigIntegerField()
    pays = models.BigIntegerField()
    formula_zh = models.CharField(max_length=200)
    formula_en = models.CharField(max_length=200)
    made_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField()
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUOTED)
    confirmation = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    provider = models.CharField(max_length=16, blank=True)
    account = models.CharField(max_length=128, blank=True)
    entry_index = models.BigIntegerField(null=True)
    reason_code = models.CharField(max_length=32, blank=True)
    ended_ms = models.BigIntegerField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_ms = models.BigIntegerField(default=0)
    next_try_ms = models.BigIntegerField(default=0)
    answer = models.CharField(max_length=100, blank=True)
    settling = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    by_hand = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    redirected = models.OneToOneField(Confirmation, models.PROTECT, null=True, related_name="+")
    turn = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["serial"],
                condition=models.Q(state__in=("quoted", "confirmed", "taking", "owed", "returning")),
                name="one_return_of_a_card",
            ),
        )
        indexes = (
            models.Index(fields=["person", "-made_ms"]),
            models.Index(fields=["unit", "currency", "day"]),
            models.Index(fields=["-made_ms"]),
            models.Index(fields=["next_try_ms"], condition=models.Q(state="owed"), name="returns_to_pay"),
        )

    @property
    def formula(self) -> Text:
        """How it was reckoned."""
        return Text(self.formula_zh, self.formula_en)

    @property
    def key(self) -> str:
        """The payout's idempotency key at the provider: another one for each account, for under a known key it would
        refuse another account."""
        return self.keys[-1]

    @property
    def keys(self) -> list[str]:
        """All keys under which the provider was ever asked, the present one last."""
        first = f"return_{self.id.hex}"
        return [first, *(f"{first}_{turn}" for turn in range(1, self.turn + 1))]

    def action(self, kind: str) -> Action:
        """One of its actions. Raises `Action.DoesNotExist` before it is confirmed."""
        if self.confirmation_id is None:
            raise Action.DoesNotExist(f"return {self.id} is not confirmed")
        return Action.objects.select_related("confirmation", "confirmation__approval_given").get(
            confirmation_id=self.confirmation_id, kind=kind
        )

    def __str__(self) -> str:
        return self.id.hex


class Posting(models.Model):
    """One line of a person's account of points; the balance is their sum. Rows are never changed.

    key          `pricing.points.Posting.key`: the ledger's entry by which the card ended
    entry_index  that entry, where anybody can look it up
    """

    person = models.ForeignKey(PERSON, models.PROTECT, related_name="points")
    key = models.CharField(max_length=128, unique=True)
    points = models.BigIntegerField()
    at_ms = models.BigIntegerField()
    entry_index = models.BigIntegerField()
    of = models.OneToOneField(Return, models.PROTECT, related_name="posting")

    class Meta:
        indexes = (models.Index(fields=["person", "-at_ms"]),)


class Compared(models.Model):
    """When returns, ledger and payouts were last compared. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at_ms = models.BigIntegerField()
