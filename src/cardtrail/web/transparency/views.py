"""The public page: how much there is, how much of it the bank keeps, and how anybody can check the log."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cardtrail.client.errors import NotFound, NotPublished, ProofError
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.web.ledger.link import LedgerAway, client
from cardtrail.web.ledger.models import DayFlow, Position, Totals
from cardtrail.web.transparency.mirror import pinned_key
from cardtrail.web.ui.charts import Series, line_chart, stacked_bars
from cardtrail.web.ui.clock import day_of, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import COUNT, money_unit

DAYS = 30
_KEPT_S = 10


@dataclass(frozen=True, slots=True)
class Published:
    """The latest checkpoint, once it was verified.

    note   the signed text itself
    """

    origin: str
    size: int
    root: str
    note: str


def index(request: HttpRequest) -> HttpResponse:
    """Totals, custody, checkpoint, and what to do with them."""
    today = day_of(now_ms())
    first = today - datetime.timedelta(days=DAYS - 1)
    currencies = [
        {"totals": totals, "charts": _charts(totals.currency, first, today)}
        for totals in Totals.objects.filter(issued__gt=0).order_by("currency")
    ]
    values = {
        "currencies": currencies,
        "place": Position.objects.filter(id=1).first(),
        "published": published(),
        "vkey": pinned_key() or "",
        "public_url": settings.CONFIG.public_url,
    }
    return render(request, "transparency/index.html", values)


def published() -> Published | None:
    """The latest checkpoint, verified against the pinned key; none while the node is away or has published nothing.

    Raises `ProofError` for one that does not fit: that must not be shown as if it did.
    """
    kept: Published | None = cache.get("transparency:published")
    if kept is None:
        try:
            found: Checkpoint = client().checkpoint()
        except (LedgerAway, NotFound, NotPublished):
            return None
        memory = client().memory
        if memory is None or memory.note is None:
            raise ProofError("verifier key", "a checkpoint was believed without one")
        kept = Published(found.origin, found.size, found.root.hex(), memory.note)
        cache.set("transparency:published", kept, _KEPT_S)
    return kept


def _charts(currency: str, first: datetime.date, today: datetime.date) -> list[str]:
    flows = {flow.day: flow for flow in DayFlow.objects.filter(currency=currency, day__gte=first)}
    before = DayFlow.objects.filter(currency=currency, day__lt=first).order_by("-day").first()
    labels, owed, kept, passed = [], [], [], []
    last = before
    for number in range((today - first).days + 1):
        day = first + datetime.timedelta(days=number)
        last = flows.get(day, last)
        labels.append(f"{day.month}-{day.day:02}")
        owed.append(0 if last is None else last.outstanding_after - last.inactive_after)
        kept.append(0 if last is None else last.deposit_after or 0)
        passed.append((flows[day].claims, flows[day].transfers) if day in flows else (0, 0))
    return [
        line_chart(
            Text("未消费余额与存管资金", "Balances owed and funds in custody"),
            labels,
            [
                Series(Text("未消费余额", "Owed to holders"), tuple(owed)),
                Series(Text("存管资金", "In custody"), tuple(kept)),
            ],
            money_unit(currency),
        ),
        stacked_bars(
            Text("每天换手的卡", "Cards that changed hands each day"),
            labels,
            [
                Series(Text("首次领取", "First claims"), tuple(claims for claims, _ in passed)),
                Series(Text("转让", "Transfers"), tuple(transfers for _, transfers in passed)),
            ],
            COUNT,
        ),
    ]
