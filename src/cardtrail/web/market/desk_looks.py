"""Who of the staff looked at an order: written down before anything is seen, and shown to both parties."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.web.desk import audit_log
from cardtrail.web.desk.access import staff_behind
from cardtrail.web.desk.logged import Logged
from cardtrail.web.desk.looks import look_at_card
from cardtrail.web.market.desk_kinds import READERS
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

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


_LOOKED: Final = Text("查看订单", "Looked at an order")
_ABOUT: Final = Text("尾号 {last} 的卡，{price}", "card …{last}, {price}")


def connect() -> None:
    """Have looks at orders stand among all that staff did."""
    audit_log.also(
        "order",
        _LOOKED,
        audit_log.Source(
            rows=OrderLook.objects.all,
            who="staff_id",
            find=lambda keys: {
                str(row.pk): row for row in OrderLook.objects.select_related("deal").filter(pk__in=keys)
            },
            words=_words,
            readers=READERS,
        ),
    )


def _words(look: Any) -> tuple[Text | str, str, str]:
    deal = look.deal
    about = _ABOUT.format(
        last=card_number(deal.serial)[-4:], price=format_money(deal.price_minor, deal.currency)
    )
    return _LOOKED, str(about), reverse("market:desk_order", args=[deal.number])
