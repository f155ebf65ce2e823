"""Keys of the brand's programs, what they looked up, and answers kept for repeats."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ApiKey(models.Model):
    """A key with which a program acts for the brand, within the rights of the member of staff who made it.

    prefix         the beginning of the key, shown; the rest is known to its owner alone
    digest         SHA-256 of the whole key, which is 256 bits of randomness
    origins        where payers may be sent back to (`https://shop.example`)
    per_minute     requests that are answered in a minute
    window_ms      the minute that `used` counts
    """

    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    name = models.CharField(max_length=60)
    scopes: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    origins: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    per_minute = models.PositiveIntegerField(default=600)
    window_ms = models.BigIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_ms = models.BigIntegerField()
    last_used_ms = models.BigIntegerField(null=True)
    revoked_ms = models.BigIntegerField(null=True)

    class Meta:
        """How the table is kept."""

        ordering = ("-made_ms", "-id")

    def __str__(self) -> str:
        return f"API key {self.prefix}"


class Lookup(models.Model):
    """A card that a key looked at."""

    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="lookups")
    serial = models.BigIntegerField()
    at_ms = models.BigIntegerField()

    class Meta:
        """How the table is kept."""

        indexes = (models.Index(fields=["serial", "-at_ms"]), models.Index(fields=["key", "-at_ms"]))


class Call(models.Model):
    """A request that changes something, by its idempotency key, and what it was answered.

    request     SHA-256 over method, path and body
    answer      status and body, sealed: an answer may hold a secret. None while it is under way
    lease_ms    until when whoever answers it has it alone
    """

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="calls")
    name = models.CharField(max_length=255)
    request = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.BinaryField(null=True)
    made_ms = models.BigIntegerField(db_index=True)
    lease_ms = models.BigIntegerField()

    class Meta:
        """How the table is kept."""

        constraints = (models.UniqueConstraint(fields=["key", "name"], name="one_call_a_name"),)
