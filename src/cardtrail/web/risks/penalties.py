"""Penalties: they follow the person, and whoever shares their device, payer and the like.

Who of the staff imposes and lifts them, why, and how a person appeals, stands in `desk.penalising`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from cardtrail.risk.links import Kind
from cardtrail.risk.port import Act
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.notices.tell import notify
from cardtrail.web.risks.links import shared_with
from cardtrail.web.risks.models import Penalty, Seen
from cardtrail.web.risks.traces import LINKING
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import moment, zone_for

RESTRICTS: Final = {
    Penalty.Kind.ALL: frozenset(Act),
    Penalty.Kind.SELL: frozenset((Act.LIST,)),
    Penalty.Kind.BUY: frozenset((Act.BUY, Act.DELIVER)),
}
"""What each kind keeps a person from."""

KIND_WORDS: Final = {
    Penalty.Kind.ALL: Text(
        "暂停交易（买、卖、赠送、交回）", "No trading: buying, selling, giving, returning"
    ),
    Penalty.Kind.SELL: Text("暂停出售", "No selling"),
    Penalty.Kind.BUY: Text("暂停购买", "No buying"),
}

_BEGUN: Final = Text(
    "你的交易权限已被限制：{what}，{until}。打开这条通知可以申诉一次。原因：{reason}",
    "Trading is restricted for you. {what}, {until}. Open this notice to appeal, once. Why: {reason}",
)
_UNTIL: Final = Text("至{when}", "until {when}")
_OPEN_END: Final = Text("直到解除", "until it is lifted")
_LIFTED: Final = Text("对你交易权限的限制已解除。", "Trading is no longer restricted for you.")


when_begun: Final[list[Callable[[Penalty], None]]] = []
"""Called with each penalty as it begins, in its transaction: whoever has something under way for the person."""


@transaction.atomic
def penalise(
    person: Person,
    *,
    by: Person,
    case: str,
    reason: Text,
    for_ms: int | None = None,
    kind: str = Penalty.Kind.ALL,
    confirmation: Confirmation | None = None,
) -> Penalty:
    """From now on the person may not trade, for so long or until it is lifted, and hears why. `case` says where it was
    decided."""
    from_ms = now_ms()
    made = Penalty.objects.create(
        kind=kind,
        person=person,
        by=by,
        case=case,
        confirmation=confirmation,
        reason_zh=reason.zh,
        reason_en=reason.en,
        from_ms=from_ms,
        until_ms=None if for_ms is None else from_ms + for_ms,
    )
    until = until_words(made.until_ms)
    text = _BEGUN.format(what=KIND_WORDS[Penalty.Kind(kind)], until=until, reason=reason)
    notify(
        person,
        "security.penalty",
        key=f"penalty/{made.pk}",
        text=text,
        url=reverse("penalty", args=[made.pk]),
    )
    for hook in when_begun:
        hook(made)
    return made


@transaction.atomic
def lift(penalty: Penalty, by: Person) -> bool:
    """It is over at once, for everybody it follows. Whether it was in force until now."""
    lifted = bool(running().filter(pk=penalty.pk).update(lifted_ms=now_ms(), lifted_by=by))
    if lifted:
        notify(
            penalty.person,
            "security.penalty",
            key=f"penalty/{penalty.pk}/lifted",
            text=_LIFTED,
            url=reverse("penalty", args=[penalty.pk]),
        )
    return lifted


def until_words(until_ms: int | None) -> Text:
    """Until when, as the pages say it to whoever has chosen no zone."""
    return _OPEN_END if until_ms is None else _UNTIL.format(when=moment(until_ms, zone_for(None)))


def running(act: Act | None = None) -> QuerySet[Penalty]:
    """The penalties in force; with an act, those that keep a person from it."""
    rows = Penalty.objects.filter(Q(until_ms=None) | Q(until_ms__gt=now_ms()), lifted_ms=None)
    if act is None:
        return rows
    return rows.filter(kind__in=[kind for kind, acts in RESTRICTS.items() if act in acts])


def weigh(person: Person, act: Act) -> tuple[bool, int]:
    """Whether a penalty keeps this person from an act, with this account or another one; and the most that they share
    with any one account that is kept from it."""
    if not running(act).exists():
        return False, 0
    return is_penalised(person, act), _shared_kinds(person, act)


def same_person(person: Person) -> frozenset[UUID]:
    """The accounts of somebody: theirs, and those with the same identity document."""
    documents = Seen.objects.filter(person=person, kind=Kind.PERSON).values("token")
    same = Seen.objects.filter(kind=Kind.PERSON, token__in=documents).values_list("person_id", flat=True)
    return frozenset((person.pk, *same))


def is_penalised(person: Person, act: Act) -> bool:
    """Whether a penalty of this person, by account or by identity document, keeps them from an act."""
    if running(act).filter(person=person).exists():
        return True
    documents = Seen.objects.filter(person=person, kind=Kind.PERSON).values_list("token", flat=True)
    same = Seen.objects.filter(kind=Kind.PERSON, token__in=list(documents)).values("person_id")
    return running(act).filter(person_id__in=same).exists()


def _shared_kinds(person: Person, act: Act) -> int:
    own = Seen.objects.filter(person=person, kind__in=LINKING).values("token")
    others = Seen.objects.filter(token__in=own, person__in=running(act).values("person_id"))
    ids = set(others.exclude(person=person).values_list("person_id", flat=True))
    # Ever: whoever is under a penalty renews no trace, and time would wash it off.
    return max(shared_with(person, ids, ever=True).values(), default=0) if ids else 0
