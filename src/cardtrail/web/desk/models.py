"""Members of the brand's staff."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from cardtrail.web.desk import casework, stock, team
from cardtrail.web.desk.brand import Brand

__all__ = ("ROLES", "Brand", "Staff", "casework", "stock", "team")

ROLES = ("issuing", "support", "risk", "finance", "auditor", "developer", "till", "admin")
"""What a member of staff may be appointed to. No role contains another; one person may have several."""

CASE_READERS = ("support", "risk", "auditor")
"""Who may read cases, and with them cards, people, penalties and listings."""


class Staff(models.Model):
    """A person who works for the brand.

    roles   names from `ROLES`
    active  whether they may still enter; who leaves keeps the row, for their acts refer to it
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff")
    roles: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    active = models.BooleanField(default=True)

    class Meta:
        """How the table is kept."""

        verbose_name_plural: ClassVar[str] = "staff"

    def __str__(self) -> str:
        return f"staff {self.pk}"

    def may(self, *roles: str) -> bool:
        """Whether they are active and have one of these roles; with none named, whether they are active."""
        return self.active and (not roles or any(role in roles for role in self.roles))

    def may_change(self, *roles: str) -> bool:
        """Whether they may also change what these roles enter: an auditor alone reads."""
        acting = [role for role in self.roles if role != "auditor" and (not roles or role in roles)]
        return self.active and bool(acting)
