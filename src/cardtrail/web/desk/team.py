"""What the desk keeps about its staff: invitations, and every change of who may do what. Rows only."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from cardtrail.web.desk.logged import Logged
from cardtrail.web.ui.clock import now_ms


class StaffInvitation(models.Model):
    """An invitation to somebody who has no account yet.

    token   SHA-256 of the word in the link; the link itself is in the mail alone
    used_ms, withdrawn_ms  how it ended
    """

    email = models.EmailField()
    roles: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    token = models.BinaryField(max_length=32, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_ms = models.BigIntegerField()
    ends_ms = models.BigIntegerField()
    used_ms = models.BigIntegerField(null=True)
    withdrawn_ms = models.BigIntegerField(null=True)

    class Meta:
        app_label = "desk"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(used_ms__isnull=True, withdrawn_ms__isnull=True),
                name="one_open_invitation",
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the link still works."""
        return self.used_ms is None and self.withdrawn_ms is None and now_ms() <= self.ends_ms


class StaffEvent(Logged):
    """A change of who may do what.

    person  whom it is about, none for an invitation by address (`email`)
    what    `invited`, `withdrawn`, `joined`, `roles`, `deactivated`, `returned`
    before, after  roles
    """

    at_ms = models.BigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    email = models.EmailField(blank=True)
    what = models.CharField(max_length=12)
    before: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    after: models.JSONField[list[str], list[str]] = models.JSONField(default=list)

    class Meta:
        app_label = "desk"

    def __str__(self) -> str:
        return f"staff event {self.pk}"
