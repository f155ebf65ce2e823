"""Listings, what is said and offered about them, what was sold, and closed groups.

Nobody writes to a listing's or an offer's machine columns but `deciding`.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from cardtrail.deals import listing_state, offer_state, stored
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.market.desk_looks import OrderLook
from cardtrail.web.market.faces import Face, Named
from cardtrail.web.risks.models import Decision
from cardtrail.wire.identifiers import card_number

__all__ = ("Group", "Listing", "Member", "Message", "Offer", "OrderLook", "Round", "Sold", "Talk")

PERSON = settings.AUTH_USER_MODEL


class Group(models.Model):
    """A closed group: its owner gives its link away, and whoever has the link may join.

    public         in the link, before the #
    secret_sha256  of what is behind the #; `sealed` is that itself, for the owner to copy the link again
    closed_ms      the owner has closed it: nobody joins, and nothing new is offered into it
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(PERSON, models.PROTECT, related_name="market_groups")
    name = models.CharField(max_length=40)
    public = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    made_ms = models.BigIntegerField()
    closed_ms = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """Somebody who joined a group. Whoever was removed stays removed, whatever link they open."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="members")
    person = models.ForeignKey(PERSON, models.PROTECT, related_name="memberships")
    joined_ms = models.BigIntegerField()
    removed_ms = models.BigIntegerField(null=True)
    removed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["group", "person"], name="a_member_once"),)


class Listing(models.Model):
    """A card on offer. `state` is the whole of it, as the machine knows it; the columns beside it are for finding and
    locking, and always say the same. What is said of the card is what it was when it was listed: while it is set aside
    it does not change.

    state         the machine's listing (`deals.listing_state.Listing`) as JSON
    version       the machine's count of changes: compared and swapped
    stage         the machine's state, a word
    shown_version what offers and buyers are bound to
    next_ms       when its timer fires, none if none runs
    discount_bp   how far the price is below the balance, in basis points
    confirmation  what the seller agreed to, by which the card is set aside until `hold_until_ms`
    hold, release its two actions: to set the card aside, and to end that
    decision      what risk said
    motive        why the seller sells, if they said so
    why           the reason of its state, a code
    group         it is offered in this group; `group_only`: and nowhere else
    """

    class Motive(models.TextChoices):
        """What sellers are asked in one tap. Their words are in `words.MOTIVES`."""

        CASH = "cash"
        GIFT = "gift"
        PROMOTION = "promotion"
        OTHER = "other"
        UNSAID = ""

    OPEN: ClassVar[tuple[str, ...]] = ("draft", "screening", "listed", "reserved", "delisted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.BinaryField()
    version = models.PositiveIntegerField()
    stage = models.CharField(max_length=10)
    shown_version = models.PositiveIntegerField()
    next_ms = models.BigIntegerField(null=True)
    seller = models.ForeignKey(PERSON, models.PROTECT, related_name="listings")
    serial = models.BigIntegerField()
    product_id = models.PositiveIntegerField()
    product_name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    face_minor = models.BigIntegerField()
    discount_bp = models.IntegerField()
    activated_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField(null=True)
    confirmation = models.ForeignKey(Confirmation, models.PROTECT, related_name="+")
    hold = models.OneToOneField(Action, models.PROTECT, related_name="+")
    release = models.OneToOneField(Action, models.PROTECT, related_name="+")
    hold_until_ms = models.BigIntegerField()
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    motive = models.CharField(max_length=10, choices=Motive.choices, blank=True)
    why = models.CharField(max_length=200, blank=True)
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="listings")
    group_only = models.BooleanField(default=False)
    opened_ms = models.BigIntegerField()
    changed_ms = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["serial"],
                condition=models.Q(stage__in=("draft", "screening", "listed", "reserved", "delisted")),
                name="a_card_is_listed_once",
            ),
        )
        indexes = (
            models.Index(fields=["stage", "-opened_ms"]),
            models.Index(fields=["seller", "-opened_ms"]),
            models.Index(
                fields=["next_ms"], condition=models.Q(next_ms__isnull=False), name="listings_timed"
            ),
            models.Index(
                fields=["price_minor"], condition=models.Q(stage="listed"), name="listings_by_price"
            ),
        )

    @property
    def machine(self) -> listing_state.Listing:
        """The listing as the machine knows it."""
        return stored.listing_from(bytes(self.state))

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.stage in self.OPEN

    @property
    def last_four(self) -> str:
        """The last four digits of the card's printed number."""
        return card_number(self.serial)[-4:]

    @property
    def face(self) -> Face:
        """The card as it is drawn; the ribbon is left to those that somebody buys already."""
        state = "escrow" if self.stage == "reserved" else "active"
        product = Named(self.product_name)
        return Face(
            self.serial, product, self.product_id, self.currency, self.face_minor, self.balance_minor,
            self.expires_ms, state,
        )  # fmt: skip

    def __str__(self) -> str:
        return str(self.id)


class Talk(models.Model):
    """What somebody who might buy and the seller say to each other about a listing, and what they offer.

    heard_ms  when somebody last said or did something, for the order of lists
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="talks")
    buyer = models.ForeignKey(PERSON, models.PROTECT, related_name="talks_as_buyer")
    seller = models.ForeignKey(PERSON, models.PROTECT, related_name="talks_as_seller")
    opened_ms = models.BigIntegerField()
    heard_ms = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["listing", "buyer"], name="one_talk_each"),)
        indexes = (
            models.Index(fields=["buyer", "-heard_ms"]),
            models.Index(fields=["seller", "-heard_ms"]),
        )


class Message(models.Model):
    """Something that one of the two said: plain text, tidied (`saying`).

    warned  what in it leads off the market or asks for what nobody may ask for: codes of `saying.Warned`
    """

    talk = models.ForeignKey(Talk, models.PROTECT, related_name="messages")
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    text = models.CharField(max_length=1_000)
    warned: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    at_ms = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["talk", "at_ms"]),)


class Offer(models.Model):
    """A price that the two bargain about. `state` is the machine's offer as JSON; the columns say the same.

    kept_until_ms  the seller has accepted it: the card is kept for the buyer until then; none: it is not (any more)
    """

    LIVE: ClassVar[tuple[str, ...]] = ("open", "countered")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.BinaryField()
    version = models.PositiveIntegerField()
    stage = models.CharField(max_length=10)
    next_ms = models.BigIntegerField(null=True)
    talk = models.ForeignKey(Talk, models.PROTECT, related_name="offers")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="offers")
    buyer = models.ForeignKey(PERSON, models.PROTECT, related_name="offers_made")
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kept_until_ms = models.BigIntegerField(null=True)
    opened_ms = models.BigIntegerField()
    changed_ms = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["talk"],
                condition=models.Q(stage__in=("open", "countered")),
                name="one_live_offer_a_talk",
            ),
            models.UniqueConstraint(
                fields=["listing"],
                condition=models.Q(kept_until_ms__isnull=False),
                name="a_card_is_kept_for_one",
            ),
        )
        indexes = (
            models.Index(fields=["listing", "stage"]),
            models.Index(fields=["next_ms"], condition=models.Q(next_ms__isnull=False), name="offers_timed"),
            models.Index(
                fields=["kept_until_ms"],
                condition=models.Q(kept_until_ms__isnull=False),
                name="offers_keeping",
            ),
        )

    @property
    def machine(self) -> offer_state.Offer:
        """The offer as the machine knows it."""
        return stored.offer_from(bytes(self.state))

    @property
    def live(self) -> bool:
        """Whether somebody is asked for an answer."""
        return self.stage in self.LIVE


class Round(models.Model):
    """One step of an offer, as both read it: who did what, at which price. Nothing is said over again."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="rounds")
    side = models.CharField(max_length=6, blank=True)
    what = models.CharField(max_length=16)
    price_minor = models.BigIntegerField()
    at_ms = models.BigIntegerField()


class Sold(models.Model):
    """A sale that was completed, with what its price depended on: what price bands and charts are read from.

    linked          the two were linked when it was completed, as far as known: it earns no record and makes no price
    called_back_ms  the payer's bank has taken the payment back since, and has not given it again: as if it had not been
    """

    STANDS: ClassVar[models.Q] = models.Q(called_back_ms__isnull=True)
    """Those that count."""

    deal = models.UUIDField(primary_key=True)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="+")
    serial = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()
    activated_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField(null=True)
    price_minor = models.BigIntegerField()
    seller = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    buyer = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    linked = models.BooleanField()
    at_ms = models.BigIntegerField()
    called_back_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=["currency", "-at_ms"]),)
