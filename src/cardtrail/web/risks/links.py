"""Which accounts belong together, by the traces they share (`risk.links`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from cardtrail.risk.links import COMMON, Kind, Trace, count_kinds, links_of, shared_kinds
from cardtrail.web.accounts.models import Person
from cardtrail.web.risks.models import Seen
from cardtrail.web.risks.traces import FRESH_MS, Traces, linking_traces
from cardtrail.web.ui.clock import now_ms

MOST: Final = 200
"""A group is followed up to so many accounts; by then every rule about groups has long applied."""

_PERSONAL = tuple(str(kind) for kind in Kind if kind not in COMMON)


def are_linked(one: Person, other: Person) -> bool:
    """Whether two accounts belong together: no record is earned between them, and no price made."""
    return other.pk in group_of(one)


def group_of(person: Person, own: Traces | None = None) -> frozenset[UUID]:
    """All accounts that belong together with a person's, its own included: linked, or linked to one that is.

    `own` are the person's traces where they have been read already.
    """
    since_ms = now_ms() - FRESH_MS
    found, edge = {person.pk}, {person.pk}
    rows = (own or Traces(person)).linking(since_ms)
    while edge and len(found) < MOST:
        new = sorted(_neighbours(edge, rows, since_ms) - found)
        edge = set(new[: MOST - len(found)])
        found |= edge
        rows = linking_traces(edge, since_ms) if edge else []
    return frozenset(found)


def shared_by(person: Person, other: Person, traces: Traces) -> int:
    """How much a person lately shares with one who was read with them, as rules weigh it."""
    held = _traces(traces.linking(now_ms() - FRESH_MS, other))
    return count_kinds(shared_kinds(held, str(person.pk)).get(str(other.pk), ()))


def shared_with(person: Person, others: Collection[UUID], *, ever: bool = False) -> dict[UUID, int]:
    """How much a person shares with each of these, as rules weigh it (`risk.links.count_kinds`): lately, or ever."""
    held = _traces(linking_traces([person.pk, *others], 0 if ever else now_ms() - FRESH_MS))
    return {UUID(other): count_kinds(kinds) for other, kinds in shared_kinds(held, str(person.pk)).items()}


def _neighbours(edge: set[UUID], own: list[Seen], since_ms: int) -> set[UUID]:
    # Without anything personal in common there is no link, and with an address alone a whole city might come.
    personal = [row.token for row in own if row.kind in _PERSONAL]
    if not personal:
        return set()
    near = Seen.objects.filter(kind__in=_PERSONAL, token__in=personal, last_ms__gte=since_ms)
    near = near.exclude(person_id__in=edge)
    candidates = set(near.values_list("person_id", flat=True).order_by("person_id")[: 10 * MOST])
    if not candidates:
        return set()
    held = _traces([*own, *linking_traces(candidates, since_ms)])
    return {UUID(other) for account in edge for other in links_of(shared_kinds(held, str(account)))}


def _traces(rows: list[Seen]) -> list[Trace]:
    return [Trace(account=str(row.person_id), kind=Kind(row.kind), token=row.token) for row in rows]
