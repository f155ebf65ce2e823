"""How much waits for a member of staff, by the desk's sections: one statement for the whole sidebar.

Each app says for its section which rows wait for somebody with these roles; here they are counted side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value

from cardtrail.web.accounts.models import Identity
from cardtrail.web.desk import approving
from cardtrail.web.desk.casework import Case, LossClaim
from cardtrail.web.desk.models import Staff

Rows = Callable[[Staff], "QuerySet[Any] | None"]

_sections: Final[list[tuple[str, Rows]]] = []


def waits_in(section: str, rows: Rows) -> None:
    """From now on these rows are counted for a section (the name of its address): what waits for this member of staff,
    none if nothing of it is ever theirs."""
    if (section, rows) not in _sections:
        _sections.append((section, rows))


def counts(staff: Staff) -> Counter[str]:
    """How much waits for this member of staff, by section. One statement."""
    parts = [(section, found) for section, rows in _sections if (found := rows(staff)) is not None]
    if not parts:
        return Counter()
    first, *others = [_counted(section, found) for section, found in parts]
    rows = first.union(*others, all=True) if others else first
    total: Counter[str] = Counter()
    for row in rows:
        total[row["section"]] += row["n"]
    return total


def _counted(section: str, rows: QuerySet[Any]) -> QuerySet[Any, dict[str, Any]]:
    named = rows.order_by().annotate(section=Value(section, CharField()))
    counted: QuerySet[Any, dict[str, Any]] = named.values("section").annotate(n=Count("pk"))
    return counted


def _approvals(staff: Staff) -> QuerySet[Any] | None:
    return approving.waiting_for(staff).select_related(None)


def _cases(staff: Staff) -> QuerySet[Any] | None:
    """Open ones that are theirs or nobody's; while a loss waits for its claimant or its delay, nobody has to do
    anything."""
    if not staff.may_change("support", "risk"):
        return None
    nobodys_turn = LossClaim.objects.filter(case=OuterRef("pk"), state__in=("pending", "collectable"))
    mine = Q(assignee__isnull=True) | Q(assignee=staff.person_id)
    return Case.objects.filter(mine, state=Case.State.OPEN).exclude(Exists(nobodys_turn))


def _identities(staff: Staff) -> QuerySet[Any] | None:
    if not staff.may_change("support"):
        return None
    return Identity.objects.filter(state="submitted", locked_ms__isnull=True)


def register() -> None:
    """The desk's own sections, once, when the app is ready."""
    waits_in("desk:approvals", _approvals)
    waits_in("desk:cases", _cases)
    waits_in("desk:identities", _identities)
