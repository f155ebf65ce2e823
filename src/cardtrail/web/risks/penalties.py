"""Penalties: they follow the person, and whoever shares their device, payer and the like."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from cardtrail.risk.links import Kind
from cardtrail.web.accounts.models import Person
from cardtrail.web.notices.tell import notify
from cardtrail.web.risks.links import shared_with
from cardtrail.web.risks.models import Penalty, Seen
from cardtrail.web.risks.traces import LINKING
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

_BEGUN: Final = Text(
    "你的交易权限已被限制：{reason} 你可以申诉。", "Trading is restricted for you: {reason} You can appeal."
)
_LIFTED: Final = Text("对你交易权限的限制已解除。", "Trading is no longer restricted for you.")


@transaction.atomic
def penalise(person: Person, *, by: Person, case: str, reason: Text, until_ms: int | None = None) -> Penalty:
    """From now on the person may not trade, and hears why. `case` says where it was decided."""
    made = Penalty.objects.create(
        person=person,
        by=by,
        case=case,
        reason_zh=reason.zh,
        reason_en=reason.en,
        from_ms=now_ms(),
        until_ms=until_ms,
    )
    notify(person, "security.penalty", key=f"penalty/{made.pk}", text=_BEGUN.format(reason=reason))
    return made


@transaction.atomic
def lift(penalty: Penalty, by: Person) -> bool:
    """It is over at once, for everybody it follows. Whether it was in force until now."""
    lifted = bool(running().filter(pk=penalty.pk).update(lifted_ms=now_ms(), lifted_by=by))
    if lifted:
        notify(penalty.person, "security.penalty", key=f"penalty/{penalty.pk}/lifted", text=_LIFTED)
    return lifted


def running() -> QuerySet[Penalty]:
    """The penalties in force."""
    return Penalty.objects.filter(Q(until_ms=None) | Q(until_ms__gt=now_ms()), lifted_ms=None)


def weigh(person: Person) -> tuple[bool, int]:
    """Whether this person is under a penalty, with this account or another one; and the most that they share with any
    one account under a penalty."""
    if not running().exists():
        return False, 0
    return _is_penalised(person), _shared_kinds(person)


def _is_penalised(person: Person) -> bool:
    if running().filter(person=person).exists():
        return True
    documents = Seen.objects.filter(person=person, kind=Kind.PERSON).values_list("token", flat=True)
    same = Seen.objects.filter(kind=Kind.PERSON, token__in=list(documents)).values("person_id")
    return running().filter(person_id__in=same).exists()


def _shared_kinds(person: Person) -> int:
    own = Seen.objects.filter(person=person, kind__in=LINKING).values("token")
    others = Seen.objects.filter(token__in=own, person__in=running().values("person_id"))
    ids = set(others.exclude(person=person).values_list("person_id", flat=True))
    # Ever: whoever is under a penalty renews no trace, and time would wash it off.
    return max(shared_with(person, ids, ever=True).values(), default=0) if ids else 0
