"""A person's account of points: what was posted to it, each line for one entry of the ledger."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet, Sum

from cardtrail.pricing.points import Posting as Line
from cardtrail.pricing.points import Refusal, post
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action
from cardtrail.web.returns.models import Posting, Return

KEY: Final = "entry/{index}/{serial}"
"""What a line stands for: the entry of the ledger by which this card ended."""


def post_for(given: Return, action: Action) -> None:
    """The points for a card that has ended, once, in the transaction that writes its end down. Raises `ValueError`
    where `pricing` refuses the line: a bug, and nothing of the transaction stays."""
    if action.entry_index is None or action.time_ms is None:
        raise ValueError("points are posted for an entry of the ledger")
    line = Line(
        key=KEY.format(index=action.entry_index, serial=given.serial), points=given.pays, at_ms=action.time_ms
    )
    known = Posting.objects.filter(key=line.key).first()
    account = () if known is None else (Line(key=known.key, points=known.points, at_ms=known.at_ms),)
    answer = post(account, line)
    if isinstance(answer, Refusal):
        raise ValueError(f"points are not posted: {answer.value}")
    if known is None:
        Posting.objects.create(
            person_id=given.person_id,
            key=line.key,
            points=line.points,
            at_ms=line.at_ms,
            entry_index=action.entry_index,
            of=given,
        )


def balance(person: Person) -> int:
    """What is on a person's account: the sum of its lines."""
    return postings(person).aggregate(sum=Sum("points"))["sum"] or 0


def postings(person: Person) -> QuerySet[Posting]:
    """The lines of a person's account, the newest first."""
    return Posting.objects.filter(person=person).select_related("of").order_by("-at_ms", "-pk")
