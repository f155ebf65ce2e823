"""Checking who people are: the queue, opening one item for its own case, and the decision."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.web.accounts import identity as identities
from cardtrail.web.accounts.models import Identity, Person
from cardtrail.web.desk import cases, looks
from cardtrail.web.desk.casework import Case, Look, LossClaim
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text

REASON_MOST: Final = 200

_OPENED: Final = Text("核验提交的身份资料。", "Check the identity that was submitted.")
_CHECKED: Final = Text("你的身份已核验通过。", "Your identity was checked and accepted.")
_REFUSED: Final = Text(
    "你的身份资料没有通过核验：{reason}你可以重新提交。",
    "Your identity was not accepted: {reason} You can submit it again.",
)


class OwnIdentity(PermissionError):  # noqa: N818 - it names what is wrong
    """Nobody checks who they are themselves."""

    text: Final = Text(
        "不能核验自己的身份，请由其他人处理。", "Nobody checks their own identity: leave it to somebody else."
    )


def queue() -> QuerySet[Identity]:
    """What waits to be checked, the oldest first."""
    return Identity.objects.filter(state="submitted", locked_ms=None).order_by("submitted_ms", "pk")


def open_item(request: HttpRequest, identity: Identity, staff: Person) -> tuple[Case, Look]:
    """Open an item of the queue: the look is written into the person's record first. Raises `OwnIdentity`."""
    if identity.person_id == staff.pk:
        raise OwnIdentity(OwnIdentity.text.en)
    with transaction.atomic():
        case = _case_of(identity.person)
        return case, looks.look_up(request, case, identity.person, "identity")


def decide(identity: Identity, staff: Person, reason: Text | None) -> None:
    """Accept an identity, or with a reason refuse it. The person is told.

    Raises `OwnIdentity`, `accounts.identity.AlreadyDecidedError`."""
    if identity.person_id == staff.pk:
        raise OwnIdentity(OwnIdentity.text.en)
    with transaction.atomic():
        identities.check(identity, staff, reason is None, reason)
        words = _CHECKED if reason is None else _REFUSED.format(reason=reason)
        cases.decided(_case_of(identity.person), staff, words)
        if reason is None:
            _go_on(identity.person)
        notify(
            identity.person,
            "identity.checked" if reason is None else "identity.refused",
            key=f"identity/{identity.pk}",
            text=words,
            url=reverse("identity"),
        )


def _go_on(person: Person) -> None:
    """Reports of lost cards have waited for this: staff have their days for them from now on."""
    due_ms = now_ms() + cases.DAYS[Case.Kind.LOST] * DAY_MS
    asked = LossClaim.objects.filter(person=person, state=LossClaim.State.ASKED).values("case")
    waited = Case.objects.filter(pk__in=asked, state__in=Case.OPEN_STATES, due_ms__lt=due_ms)
    waited.update(due_ms=due_ms)


def _case_of(person: Person) -> Case:
    found = Case.objects.filter(person=person, kind=Case.Kind.IDENTITY, state__in=Case.OPEN_STATES).first()
    return found or cases.open_case(Case.Kind.IDENTITY, _OPENED, person=person, opened_by="system")
