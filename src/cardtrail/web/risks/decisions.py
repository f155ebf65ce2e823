"""Decisions afterwards: a member of staff lets pass what was held, and what was asked is asked again and goes."""

from __future__ import annotations

from django.db import transaction

from cardtrail.risk.port import Act, Outcome
from cardtrail.web.accounts.models import Person
from cardtrail.web.risks import counters
from cardtrail.web.risks.ask import Asked
from cardtrail.web.risks.clear import STANDS_MS
from cardtrail.web.risks.gather import OUTWARD, Inquiry
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


def stands_for(asked: Asked, inquiry: Inquiry, used_ms: int) -> bool:
    """Whether it may go on: risk allows it, or holds once more what a member of staff has let pass since, about the
    very same thing. Then the new decision says so, too, and the cards count as passed on. In the caller's transaction.

    What staff let pass helps against nothing but a hold, within the time that a decision stands, and once: `used_ms` is
    when the same was last done.
    """
    if asked.verdict.allowed:
        return True
    if asked.verdict.outcome is not Outcome.HOLD:
        return False
    alike = Decision.objects.filter(
        person=inquiry.person, act=inquiry.act, serial=inquiry.serial, about=inquiry.about, at_ms__gt=used_ms
    )
    let = (
        alike.exclude(pk=asked.decision.pk)
        .filter(passed_ms__gte=now_ms() - STANDS_MS)
        .order_by("-at_ms")
        .first()
    )
    if let is None:
        return False
    decision = asked.decision
    decision.passed_ms, decision.passed_by, decision.passed_why = let.passed_ms, let.passed_by, let.passed_why
    decision.save(update_fields=["passed_ms", "passed_by", "passed_why"])
    for serial in sorted(inquiry.leaving):
        counters.count(inquiry.person.pk, serial, decision.at_ms)
    return True
