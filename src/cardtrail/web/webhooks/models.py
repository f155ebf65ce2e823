"""Endpoints, events, deliveries, attempts."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models

from cardtrail.web.ui.texts import Text
from cardtrail.web.webhooks.event_types import EVENT_TYPES, EventType


def new_event_id() -> str:
    """An event's id: 128 bits of randomness."""
    return f"evt_{secrets.token_hex(16)}"


class Endpoint(models.Model):
    """An address of the brand's own systems that events are posted to.

    event_types        names of the types it gets
    secret             the signing secret, sealed; `secret_number` counts its rotations
    previous_secret    the one before, sealed; both sign until `previous_until_ms`, then it is wiped
    disabled_reason    why it gets nothing: a value of `DisabledReason`, empty while it is active
    failing_since_ms   first failure since the last success
    """

    class DisabledReason(models.TextChoices):
        """Why an endpoint gets nothing."""

        PAUSED = "paused"
        GONE = "gone"
        FAILING = "failing"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    event_types: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    secret = models.BinaryField()
    secret_number = models.PositiveIntegerField(default=1)
    previous_secret = models.BinaryField(null=True)
    previous_until_ms = models.BigIntegerField(null=True)
    active = models.BooleanField(default=True)
    disabled_ms = models.BigIntegerField(null=True)
    disabled_reason = models.CharField(max_length=10, blank=True, choices=DisabledReason.choices)
    failing_since_ms = models.BigIntegerField(null=True)
    created_ms = models.BigIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """How the table is kept."""

        ordering = ("created_ms", "id")

    def __str__(self) -> str:
        return f"endpoint {self.id}"

    @property
    def short_url(self) -> str:
        """Its address, cut to what a heading can hold."""
        return self.url if len(self.url) <= 60 else f"{self.url[:59]}…"

    @property
    def name(self) -> str:
        """What pages call it."""
        return self.description or self.short_url

    @property
    def reason_text(self) -> Text:
        """Why it gets nothing, for people."""
        return _REASONS[self.disabled_reason]


_REASONS = {
    "": Text("启用中", "Active"),
    "paused": Text("已暂停", "Paused"),
    "gone": Text("已停用：接收端回答 410", "Stopped: the receiver answered 410"),
    "failing": Text("已停用：连续多日失败", "Stopped: it failed for days"),
}


class Event(models.Model):
    """Something that happened, told to every endpoint that subscribed to its type.

    id       CloudEvents' id and the `webhook-id` of every delivery
    key      what it is made from, so that it is made once
    source   CloudEvents' source: this installation's address when it happened
    """

    id = models.CharField(primary_key=True, max_length=40, default=new_event_id, editable=False)
    key = models.CharField(max_length=200, unique=True)
    type = models.CharField(max_length=40)
    source = models.CharField(max_length=300)
    subject = models.CharField(max_length=200)
    time_ms = models.BigIntegerField(db_index=True)
    data: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def kind(self) -> EventType:
        """Its type's description."""
        return EVENT_TYPES[self.type]


class Delivery(models.Model):
    """One event for one endpoint.

    attempts          how often it was sent, or was about to be
    next_try_ms       when it is sent next; of no meaning once it is delivered or given up
    claimed_until_ms  while it is being sent: when another sender may take over
    """

    class State(models.TextChoices):
        """Where a delivery stands. `FAILED` will be tried again, `GIVEN_UP` only when somebody asks for it."""

        PENDING = "pending"
        SENDING = "sending"
        DELIVERED = "delivered"
        FAILED = "failed"
        GIVEN_UP = "given_up"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_ms = models.BigIntegerField()
    claimed_until_ms = models.BigIntegerField(null=True)
    delivered_ms = models.BigIntegerField(null=True)

    class Meta:
        """How the table is kept."""

        constraints = (
            models.UniqueConstraint(fields=("event", "endpoint"), name="one_delivery_per_event_and_endpoint"),
        )
        indexes = (
            models.Index(fields=("endpoint", "state", "next_try_ms"), name="delivery_due"),
            models.Index(fields=("endpoint", "-id"), name="delivery_log"),
        )

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    @property
    def state_text(self) -> Text:
        """Where it stands, for people."""
        return STATE_TEXTS[self.state]


STATE_TEXTS = {
    "pending": Text("待发送", "Pending"),
    "sending": Text("发送中", "Sending"),
    "delivered": Text("已送达", "Delivered"),
    "failed": Text("失败，将重试", "Failed, will retry"),
    "given_up": Text("已放弃", "Given up"),
}


class Attempt(models.Model):
    """One request that was made, or could not be made.

    headers   of the request as sent; a signature gives no secret away
    status    HTTP status of the answer, none if there was no whole one
    response  the beginning of the answer's body
    error     code of what went wrong (`failures.FAILURES`), empty if nothing did
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at_ms = models.BigIntegerField()
    url = models.CharField(max_length=500)
    headers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    status = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField()
    response = models.TextField(blank=True)
    error = models.CharField(max_length=20, blank=True)

    class Meta:
        """How the table is kept."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"attempt {self.pk}"
