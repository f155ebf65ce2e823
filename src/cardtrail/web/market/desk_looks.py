"""Who of the staff looked at an order: written down before anything is seen, and shown to both parties."""

from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.http import HttpRequest

from cardtrail.web.desk.access import staff_behind
from cardtrail.web.desk.logged import Logged
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.clock import now_ms

SHOWN: Final = 20
"""So many looks are shown, the latest."""


class OrderLook(Logged):
    """A member of staff has looked at an order: what was agreed and paid, what both showed, what risk said."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="looks")
    at_ms = models.BigIntegerField()

    class Meta:
        app_label = "market"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["deal", "-at_ms"])]

    def __str__(self) -> str:
        return f"look {self.pk}"


def look_at_order(request: HttpRequest, deal: Deal) -> OrderLook:
    """Open an order, and its card with it. Raises `PermissionError` for anybody who is not staff."""
    staff = staff_behind(request)
    look_at_card(request, deal.serial)
    return OrderLook.objects.create(staff=staff.person, deal=deal, at_ms=now_ms())


def looks_at(deal: Deal) -> list[int]:
    """When staff looked at an order, the latest first; not who: a party has no business with that."""
    rows = OrderLook.objects.filter(deal=deal).order_by("-at_ms")
    return list(rows.values_list("at_ms", flat=True)[:SHOWN])
