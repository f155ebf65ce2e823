"""Decisions afterwards: a member of staff lets pass what was held."""

from __future__ import annotations

from django.db import transaction

from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.risks import counters
from cardtrail.web.risks.gather import OUTWARD
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.clock import now_ms


class NotHeld(ValueError):  # noqa: N818 - it names what is wrong
    """The decision does not wait for anybody: it allowed, asked for a proof, refused, or was let pass already."""


class OwnDecision(PermissionError):  # noqa: N818 - it names what is wrong
    """Nobody lets pass what they asked for themselves."""


def let_pass(decision: Decision, *, by: Person, why: str) -> Decision:
    """A member of staff has looked and lets it go on. The card counts as passed on from now. Raises `NotHeld`,
    `OwnDecision`."""
    with transaction.atomic():
        current = Decision.objects.select_for_update().get(pk=decision.pk)
        if current.outcome != Outcome.HOLD or current.passed_ms is not None:
            raise NotHeld("this does not wait for a decision")
        if current.person_id == by.pk:
            raise OwnDecision("somebody else has to decide on this")
        current.passed_ms, current.passed_by, current.passed_why = now_ms(), by, why
        current.save(update_fields=["passed_ms", "passed_by", "passed_why"])
        if current.serial is not None and Act(current.act) in OUTWARD:
            counters.count(current.person_id, current.serial, current.passed_ms)
    return current
