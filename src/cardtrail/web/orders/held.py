"""What risk holds where there is no order yet: a gift, a return to the brand. Staff look, and let it pass or do not."""

from __future__ import annotations

from typing import Final

from cardtrail.risk.port import Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.orders import matters
from cardtrail.web.orders.models import Matter
from cardtrail.web.risks.ask import Asked

GIFT: Final = "gift_held"
RETURN: Final = "return_held"
"""The kinds of matters that staff find."""


def waiting(person: Person, serial: int) -> frozenset[str]:
    """What staff are to look at before this person can go on with this card, by kind; empty if nothing waits."""
    rows = Matter.objects.filter(kind__in=(GIFT, RETURN), serial=serial, closed_ms__isnull=True)
    return frozenset(rows.filter(facts__person=str(person.pk)).values_list("kind", flat=True))


def call_staff(asked: Asked, kind: str) -> None:
    """What is held waits for staff: they find it once, however often it is tried meanwhile."""
    if asked.verdict.outcome is not Outcome.HOLD:
        return
    decision = asked.decision
    facts: dict[str, object] = {"person": str(decision.person_id), "about": decision.about}
    waiting = Matter.objects.filter(kind=kind, serial=decision.serial, closed_ms__isnull=True)
    if waiting.filter(facts__person=facts["person"], facts__about=facts["about"]).exists():
        return
    matters.find(
        f"risk/{decision.pk.hex}",
        kind,
        origin="risk",
        serial=decision.serial,
        facts=facts | {"decision": str(decision.pk)},
    )
