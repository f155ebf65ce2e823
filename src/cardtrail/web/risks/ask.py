"""Asking risk, inside the transaction of what is asked about."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import msgspec
from django.db import transaction

from cardtrail.risk.decide import decide
from cardtrail.risk.failure import on_failure
from cardtrail.risk.port import Question, Verdict
from cardtrail.web.risks import counters
from cardtrail.web.risks.gather import Inquiry, gather
from cardtrail.web.risks.models import Decision
from cardtrail.web.risks.presence import Presence
from cardtrail.web.risks.standing import standing_rules
from cardtrail.web.risks.telling import tell_if_taken_over
from cardtrail.web.ui.clock import now_ms

__all__ = ["Asked", "Inquiry", "ask", "foresee", "keep_anyway"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A verdict, and the row that keeps it."""

    verdict: Verdict
    decision: Decision


def ask(inquiry: Inquiry, presence: Presence) -> Asked:
    """The verdict on what somebody wants to do; what it allows belongs into the same transaction.

    A card that may leave is counted here and now, so nobody who asks at the same time is told the same number. If risk
    itself fails, the answer is hold or block, never allow. Raises `RuntimeError` outside a transaction: a mistake of
    the caller's, by which two cards could pass where one may.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("risk is asked inside the transaction of what it is asked about")
    at_ms = now_ms()
    question: Question | None = None
    try:
        with transaction.atomic():
            question = _question(inquiry, presence, at_ms)
            verdict = decide(standing_rules(), question)
            if verdict.allowed:
                for serial in sorted(inquiry.leaving):
                    counters.count(inquiry.person.pk, serial, at_ms)
    except Exception:
        log.exception("risk failed on %s by %s", inquiry.act, inquiry.person)
        verdict = on_failure(inquiry.value_minor, inquiry.currency)
    decision = _keep(inquiry, question, verdict, at_ms)
    tell_if_taken_over(decision, verdict)
    return Asked(verdict, decision)


def foresee(inquiry: Inquiry, presence: Presence) -> Verdict:
    """What risk would say now, for a page that has to say beforehand how carefully something will be treated. Nothing
    is kept, counted or locked; whoever does it asks (`ask`). If risk itself fails, the answer is the same as there."""
    at_ms = now_ms()
    try:
        return decide(standing_rules(), _question(inquiry, presence, at_ms, keep=False))
    except Exception:
        log.exception("risk failed to foresee %s by %s", inquiry.act, inquiry.person)
        return on_failure(inquiry.value_minor, inquiry.currency)


def keep_anyway(asked: Asked) -> None:
    """The caller has undone its transaction because of this verdict, and the decision with it: keep it all the same.

    To ask anew would be another question: whatever was counted for other cards in that transaction is undone, too.
    """
    with transaction.atomic():
        if not Decision.objects.filter(pk=asked.decision.pk).exists():
            asked.decision.save(force_insert=True)
            tell_if_taken_over(asked.decision, asked.verdict)


def _question(inquiry: Inquiry, presence: Presence, at_ms: int, *, keep: bool = True) -> Question:
    return Question(
        person=str(inquiry.person.pk),
        act=inquiry.act,
        serial=inquiry.serial,
        at_ms=at_ms,
        signals=gather(inquiry, presence, at_ms, keep=keep),
    )


def _keep(inquiry: Inquiry, question: Question | None, verdict: Verdict, at_ms: int) -> Decision:
    return Decision.objects.create(
        person=inquiry.person,
        act=inquiry.act,
        serial=inquiry.serial,
        about=inquiry.about,
        at_ms=at_ms,
        outcome=verdict.outcome,
        question="" if question is None else msgspec.json.encode(question).decode(),
        verdict=msgspec.json.encode(verdict).decode(),
        rules=verdict.rules,
    )
