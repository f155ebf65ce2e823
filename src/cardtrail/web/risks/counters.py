"""Which cards people pass on, counted in the very transaction that lets one more go.

There is no monitoring that lags behind: two requests at once wait for each other at the gate, and the second one counts
what the first one did.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from cardtrail.risk.windows import window_began_ms
from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Movement
from cardtrail.web.risks.models import Gate, Moved

PASSING: Final = frozenset(("transfer", "release"))
"""Entries by which a card comes to somebody else."""


def lock(people: Collection[UUID]) -> None:
    """Whoever counts cards of one of these waits from now on, until this transaction ends."""
    # Always in the same order, or two groups that overlap would wait for each other.
    gates = Gate.objects.select_for_update().filter(person_id__in=people).order_by("person_id")
    missing = set(people) - {gate.person_id for gate in gates}
    if missing:
        Gate.objects.bulk_create([Gate(person_id=id) for id in sorted(missing)], ignore_conflicts=True)
        list(gates.all())


def moved(people: Collection[UUID], now_ms: int) -> dict[UUID, frozenset[int]]:
    """The cards that each of these people passed on within the window."""
    rows = Moved.objects.filter(person_id__in=people, at_ms__gte=window_began_ms(now_ms))
    cards: dict[UUID, set[int]] = {}
    for person, serial in rows.values_list("person_id", "serial"):
        cards.setdefault(person, set()).add(serial)
    return {person: frozenset(serials) for person, serials in cards.items()}


def count(person: UUID, serial: int, at_ms: int) -> None:
    """The person passes a card on. Heard twice or late, it counts once, at the latest time."""
    earlier = Moved.objects.filter(person_id=person, serial=serial, at_ms__lt=at_ms)
    if not earlier.update(at_ms=at_ms):
        # Not there yet, or there with this time or a later one. Whoever writes it meanwhile has the same moment.
        Moved.objects.bulk_create(
            [Moved(person_id=person, serial=serial, at_ms=at_ms)], ignore_conflicts=True
        )


def follow(movements: Sequence[Movement]) -> None:
    """Count what the ledger says, whoever asked for it and however: gifts, sales, programs."""
    for movement in movements:
        before = movement.holder_before_id
        if movement.kind in PASSING and before is not None and before != movement.holder_after_id:
            count(before, movement.serial, movement.time_ms)


def forget(person: Person) -> None:
    """Everything counted of a person."""
    Moved.objects.filter(person=person).delete()
