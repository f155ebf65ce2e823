"""Whoever was stopped by a rule has a person look at it: a case for the desk, one for each decision."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import cases
from cardtrail.web.desk.casework import Case
from cardtrail.web.market import refusals, saying
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.texts import Text

MOST_OPEN: Final = 5
"""ours: so many open enquiries of one person; more are one matter."""

MOST_CHARS: Final = 1_000

_ASKED: Final = Text(
    "持卡人要求人工复核风控决定 {decision}（{act}，{reasons}）：“{words}”",
    "The holder asks that a person look at the risk decision {decision} ({act}, {reasons}): “{words}”",
)
_ENOUGH: Final = Text(
    "你已有 {n} 件申诉在处理，请等待结果。", "{n} matters of yours are being looked at; wait for those first."
)


def appeal(person: Person, decision_id: UUID, raw: str) -> Case:
    """A person is asked to look at a decision; asked twice, it is the same case. Raises `NotPossible`,
    `Decision.DoesNotExist` for a decision about somebody else."""
    words = saying.tidy(raw)[:MOST_CHARS]
    if not words:
        raise NotPossible("empty", refusals.EMPTY, "words")
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        decision = Decision.objects.get(pk=decision_id, person=person)
        reference = decision.pk.bytes.ljust(32, b"\0")
        known = Case.objects.filter(person=person, reference=reference).first()
        if known is not None:
            return known
        waiting = Case.objects.filter(person=person, kind=Case.Kind.ENQUIRY, state__in=Case.OPEN_STATES)
        if waiting.count() >= MOST_OPEN:
            raise NotPossible("too_many_appeals", _ENOUGH.format(n=MOST_OPEN))
        reasons = ", ".join(reason.code for reason in decision.answer.reasons)
        text = _ASKED.format(decision=decision.pk, act=decision.act, reasons=reasons, words=words)
        return cases.open_case(
            Case.Kind.ENQUIRY,
            text,
            person=person,
            serial=decision.serial,
            opener=person,
            opened_by="holder",
            reference=reference,
        )
