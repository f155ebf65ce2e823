"""What waits for staff: since when, until when, what is late first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse

from cardtrail.web.desk.models import Staff
from cardtrail.web.market.desk_kinds import GROUPS, KINDS, Kind, due_ms, kind_of
from cardtrail.web.orders.models import Matter
from cardtrail.web.ui.clock import now_ms

MOST: Final = 500
"""So many open matters are sorted by when they are due; more than that is an emergency of another kind."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A matter in the queue."""

    matter: Matter
    kind: Kind
    due_ms: int
    late: bool
    mine: bool

    @property
    def url(self) -> str:
        """Where it is dealt with; for others than those who do, where it is shown."""
        if self.matter.deal is not None and self.matter.origin == "order":
            return reverse("market:desk_order", args=[self.matter.deal.number])
        if self.mine and self.kind.page is not None:
            return self.kind.page(self.matter)
        return reverse("market:desk_matter", args=[self.matter.pk])


def open_matters() -> QuerySet[Matter]:
    """Everything that waits."""
    return Matter.objects.filter(closed_ms__isnull=True).select_related("deal")


def queue(staff: Staff, group: str = "", *, own: bool = True) -> list[Waiting]:
    """What waits, late first, then by when it is due. `own`: only what this member of staff may deal with."""
    rows = open_matters()
    if group:
        rows = rows.filter(kind__in=_codes(group))
    found = waiting_of(_once(rows.order_by("opened_ms", "pk")[:MOST]), staff)
    if own:
        found = [each for each in found if each.mine]
    return sorted(found, key=lambda each: (each.due_ms, each.matter.pk))


def waiting_of(matters: Iterable[Matter], staff: Staff) -> list[Waiting]:
    """Matters with what the queue shows of them."""
    now = now_ms()
    found = []
    for matter in matters:
        kind, due = kind_of(matter), due_ms(matter)
        party = matter.deal is not None and staff.person_id in (matter.deal.buyer_id, matter.deal.seller_id)
        mine = staff.may_change(*kind.roles) and not party
        found.append(Waiting(matter, kind, due, matter.closed_ms is None and due < now, mine))
    return found


def closed_matters(group: str = "") -> QuerySet[Matter]:
    """What was dealt with, the latest first."""
    rows = Matter.objects.filter(closed_ms__isnull=False).select_related("deal", "closed_by")
    if group:
        rows = rows.filter(kind__in=_codes(group))
    return rows.order_by("-closed_ms", "-pk")


def in_groups(waiting: Iterable[Waiting]) -> dict[str, int]:
    """How many wait in each group."""
    found = dict.fromkeys(GROUPS, 0)
    for each in waiting:
        found[each.kind.group] += 1
    return found


def _once(matters: Iterable[Matter]) -> list[Matter]:
    """Without reminders: what staff hear of every day is one matter, as old as its first word."""
    found: dict[object, Matter] = {}
    for matter in matters:
        reminds = matter.deal_id is not None and matter.origin == "order"
        found.setdefault((matter.deal_id, matter.kind) if reminds else matter.pk, matter)
    return list(found.values())


def _codes(group: str) -> list[str]:
    return [code for code, kind in KINDS.items() if kind.group == group]
