"""Gifts and shares, forms sent once, attempts at claiming. Whose a card is, the ledger alone knows."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.ui.texts import Text


class Once(models.Model):
    """A form that was sent: sent again with the same token and the same content it means the confirmation it meant
    before. `content` is a keyed hash of what was in it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    token = models.CharField(max_length=32)
    content = models.BinaryField(max_length=32)
    confirmation = models.ForeignKey(Confirmation, models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "token"], name="a_form_is_sent_once"),)


class Attempt(models.Model):
    """An attempt to claim a card with a code, by whom (`who`: keyed hash of a person, a browser or an address)."""

    who = models.BinaryField(max_length=32)
    at_ms = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["who", "at_ms"]), models.Index(fields=["at_ms"]))


class Share(models.Model):
    """Cards for a group: whoever has the link takes one, first come, first served.

    public       the name in the link's address; `sealed` the secret in its fragment, `secret_sha256` to recognise it
    stopped_ms   when its maker ended it
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public = models.CharField(max_length=16, unique=True)
    sealed = models.BinaryField()
    secret_sha256 = models.BinaryField(max_length=32)
    giver = models.ForeignKey(Person, models.PROTECT, related_name="shares")
    confirmation = models.OneToOneField(Confirmation, models.PROTECT, related_name="share")
    note = models.CharField(max_length=200, blank=True)
    until_ms = models.BigIntegerField()
    made_ms = models.BigIntegerField()
    stopped_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=["giver", "-made_ms"]),)


class Visitor(models.Model):
    """Somebody who opened a share while signed in. Its maker sees them, and may keep them from taking a card.

    removed_ms   since when they may not
    """

    share = models.ForeignKey(Share, models.CASCADE, related_name="visitors")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    seen_ms = models.BigIntegerField()
    removed_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["share", "person"], name="a_visitor_once"),)


class Gift(models.Model):
    """One card set aside for somebody: for whoever has its link, for one person, or for one of a group.

    action      the `hold` that sets the card aside
    reference   the hold's reference: hash of the confirmation. With the serial it names the gift in the ledger
    release     public key behind the hold's secret, known once the hold is signed
    to_known    keyed hash of the e-mail address it is for; `to_sealed` the address itself, for its giver to see
    taker       who is taking it or has: nobody else can meanwhile
    taken_by    whose it became, by the ledger; none for somebody whose keys we do not keep
    ended_ms    the ledger's time when it was taken or came back
    """

    class State(models.TextChoices):
        """Where it stands. The states follow the ledger's movements."""

        PREPARING = "preparing"
        OFFERED = "offered"
        TAKEN = "taken"
        RETURNED = "returned"
        EXPIRED = "expired"
        FAILED = "failed"

    OPEN: ClassVar[tuple[str, ...]] = (State.PREPARING, State.OFFERED)
    WORDS: ClassVar[dict[str, Text]] = {
        State.PREPARING: Text("正在送出", "Being sent"),
        State.OFFERED: Text("等待领取", "Waiting to be claimed"),
        State.TAKEN: Text("已领取", "Claimed"),
        State.RETURNED: Text("已收回", "Taken back"),
        State.EXPIRED: Text("过期退回", "Came back unclaimed"),
        State.FAILED: Text("没有送出", "Not sent"),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.OneToOneField(Action, models.PROTECT, related_name="gift")
    serial = models.BigIntegerField()
    giver = models.ForeignKey(Person, models.PROTECT, related_name="gifts")
    share = models.ForeignKey(Share, models.PROTECT, null=True, related_name="gifts")
    reference = models.BinaryField(max_length=32)
    release = models.BinaryField(max_length=32, null=True, unique=True)
    to_known = models.BinaryField(max_length=32, null=True)
    to_sealed = models.BinaryField(null=True)
    note = models.CharField(max_length=200, blank=True)
    until_ms = models.BigIntegerField()
    made_ms = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARING)
    taker = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    taken_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reference", "serial"], name="a_gift_for_a_hold"),
            models.UniqueConstraint(
                fields=["serial"],
                condition=models.Q(state__in=("preparing", "offered")),
                name="one_open_gift_a_card",
            ),
            models.UniqueConstraint(
                fields=["share", "taker"],
                condition=models.Q(share__isnull=False),
                name="one_card_a_person_of_a_share",
            ),
        )
        indexes = (
            models.Index(fields=["giver", "-made_ms"]),
            models.Index(fields=["to_known"], condition=models.Q(state="offered"), name="gifts_for_a_person"),
        )

    @property
    def open(self) -> bool:
        """Whether somebody may still take it, or it may come back."""
        return self.state in self.OPEN

    @property
    def word(self) -> Text:
        """Its state in words."""
        return self.WORDS[self.state]


class Invitation(models.Model):
    """A mail to somebody who has no account yet: a gift waits for whoever signs up with their address. It holds
    no address: that is sealed with the gift.

    claimed_ms  when a process took it to send. As with notices, it is not sent a second time whatever happens then
    """

    gift = models.OneToOneField(Gift, models.CASCADE, related_name="invitation")
    language = models.CharField(max_length=10)
    attempts = models.PositiveIntegerField(default=0)
    next_try_ms = models.BigIntegerField(default=0)
    claimed_ms = models.BigIntegerField(null=True)
    sent_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["next_try_ms"],
                condition=models.Q(sent_ms__isnull=True, claimed_ms__isnull=True),
                name="invitations_to_send",
            ),
        )
