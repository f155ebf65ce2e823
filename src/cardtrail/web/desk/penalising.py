"""Penalties as staff impose and lift them: for a case, with a reason that the person reads, with a second member of
staff where they last long.

A penalty is decided apart from any order's outcome, and only where fault is plain. What it keeps a person from, and
whom it follows, stands in `risks.penalties`; how they appeal, in `appeals`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, declare
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.pairs import by_two, verified
from cardtrail.web.desk import approving, cases
from cardtrail.web.desk.access import acting
from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.refused import Refused
from cardtrail.web.desk.separation import too_near
from cardtrail.web.risks import penalties
from cardtrail.web.risks.models import Penalty
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text

PURPOSE: Final = "penalise"
LIFT: Final = "lift_penalty"
APPROVAL: Final = "penalty"

ROLES: Final = ("risk",)
SECONDS: Final = ("risk", "admin")

LENGTHS: Final = {
    7: Text("7 天", "7 days"),
    30: Text("30 天", "30 days"),
    90: Text("90 天", "90 days"),
    365: Text("1 年", "1 year"),
    0: Text("直到解除", "Until it is lifted"),
}
"""How long, in days; 0: until somebody lifts it."""

ALONE_DAYS: Final = 30
"""Ours: so long at most without a second member of staff."""

REASON_MOST: Final = 300

_TEXT: Final = Text(
    "处罚案件 {case} 的当事人：{what}，{length}。当事人会读到的理由：“{reason}”",
    "Penalty for the person case {case} is about: {what}, {length}. The reason they read: “{reason}”",
)
_ASKED: Final = Text("提交第二位工作人员批准：{text}", "Submitted to a second member of staff: {text}")
_IMPOSED: Final = Text(
    "处罚：{what}，{until}。你可以申诉一次，由另一位工作人员决定。理由：{reason}",
    "Penalty: {what}, {until}. You can appeal once; another member of our staff decides. Why: {reason}",
)
_LIFT: Final = Text(
    "提前解除处罚（案件 {case}）。理由：“{reason}”", "Lift the penalty (case {case}). Why: “{reason}”"
)
_LIFTED: Final = Text("处罚已提前解除：{reason}", "The penalty was lifted: {reason}")
_NOT_APPROVED: Final = Text("处罚未获批准，没有生效。", "The penalty was not approved; it never applied.")

_NOBODY: Final = Text(
    "还不知道当事人是谁，不能处罚。", "It is not known yet whom this is about; nobody can be penalised."
)
_CLOSED: Final = Text(
    "案件已结束；先重新处理，或另立新案。", "The case is over. Re-open it, or open a new one."
)
_GONE: Final = Text("当事人已注销账户。", "The person has deleted their account.")
_WAITS: Final = Text("这个案件已有一项处罚等待批准。", "A penalty in this case waits for approval already.")
_OVER: Final = Text("这项处罚已经结束。", "This penalty is over already.")


class PenaltyRefused(Refused):
    """It cannot be. `text` says why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A penalty that somebody wants to impose.

    kind    what it keeps the person from (`Penalty.Kind`)
    days    a key of `LENGTHS`
    reason  as the person reads it
    """

    kind: str
    days: int
    reason: Text

    @property
    def needs_second(self) -> bool:
        """Whether a second member of staff has to approve it: it is long, or has no end."""
        return self.days == 0 or self.days > ALONE_DAYS

    @property
    def what(self) -> Text:
        """What it keeps the person from, in words."""
        return penalties.KIND_WORDS[Penalty.Kind(self.kind)]


def hindrance(staff: Person, case: Case) -> Text | None:
    """Why this member of staff cannot penalise the person a case is about; none if they can."""
    if case.person is None:
        return _NOBODY
    if not case.is_open:
        return _CLOSED
    if case.person.deleted_ms is not None:
        return _GONE
    return too_near(staff, case.person)


def agreement(case: Case, draft: Draft) -> Text:
    """What whoever imposes it agrees to."""
    return _TEXT.format(case=case.number, what=draft.what, length=LENGTHS[draft.days], reason=draft.reason)


def impose(request: HttpRequest | Witness, case: Case, draft: Draft) -> Confirmation:
    """Impose it: at once if it is short, else once a second member of staff approves. Raises `PenaltyRefused`."""
    staff = acting(request)
    with transaction.atomic():
        current = Case.objects.select_for_update(of=("self",)).select_related("person").get(pk=case.pk)
        if (reason := hindrance(staff, current)) is not None:
            raise PenaltyRefused(reason)
        if draft.needs_second and waiting_in(current).exists():
            raise PenaltyRefused(_WAITS)
        text = agreement(current, draft)
        about = {
            "case": current.number,
            "person": str(current.person_id),
            "kind": draft.kind,
            "days": draft.days,
            "zh": draft.reason.zh,
            "en": draft.reason.en,
        }
        approval = APPROVAL if draft.needs_second else ""
        made = declare(request, purpose=PURPOSE, text=text, about=about, approval=approval)
        said = _ASKED.format(text=text) if approval else text
        cases.add(current, "act", said, author=staff, confirmation=made)
        if approval:
            approving.call_second(made)
        else:
            _begin(made)
    return made


def lift(request: HttpRequest | Witness, penalty: Penalty, reason: Text) -> None:
    """Staff lift it before its time; an appeal has its own way. Raises `PenaltyRefused`."""
    staff = acting(request)
    with transaction.atomic():
        if (near := too_near(staff, penalty.person)) is not None:
            raise PenaltyRefused(near)
        case = Case.objects.get(number=penalty.case)
        text = _LIFT.format(case=case.number, reason=reason)
        made = declare(request, purpose=LIFT, text=text, about={"penalty": penalty.pk, "case": case.number})
        if not penalties.lift(penalty, staff):
            raise PenaltyRefused(_OVER)
        cases.add(case, "act", text, author=staff, confirmation=made)
        cases.add(case, "decision", _LIFTED.format(reason=reason), author=staff, shown=True)


def of_case(case: Case) -> QuerySet[Penalty]:
    """The penalties that were decided in a case, the latest first."""
    return (
        Penalty.objects.filter(case=case.number)
        .select_related("by", "confirmation__approved_by", "appeal__case")
        .order_by("-from_ms", "-pk")
    )


def of_person(person: Person) -> QuerySet[Penalty]:
    """All penalties of a person, the latest first."""
    return Penalty.objects.filter(person=person).select_related("appeal__case").order_by("-from_ms", "-pk")


def conduct_case(person: Person, about: bytes, text: Text, opener: Person, origin: str = "") -> Case:
    """The case in which a person's conduct in one matter is looked into; there is one of each.

    about   32 bytes that stand for the matter and the person
    origin  the page of that matter, as `origins` knows it
    """
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        known = Case.objects.filter(reference=about).first()
        if known is not None:
            return known
        return cases.open_case(
            Case.Kind.CONDUCT, text, person=person, opener=opener, reference=about, origin=origin
        )


def register() -> None:
    """Say what the second member of staff's yes and no lead to, once, when the app is ready."""
    approving.declares(
        APPROVAL,
        approving.Declared(
            word=Text("处罚", "Penalty"),
            roles=SECONDS,
            against=_against,
            ready=lambda _: None,
            approved=_approved,
            declined=_declined,
            page=lambda made: reverse("desk:case", args=[made.orders[0]["case"]]),
            readers=CASE_READERS,
        ),
    )


def _against(staff: Person, made: Confirmation) -> Text | None:
    person = Person.objects.filter(pk=made.orders[0]["person"]).first()
    return None if person is None else too_near(staff, person)


def _approved(made: Confirmation) -> None:
    made.refresh_from_db()
    case = _case_of(made)
    if case.person is None or case.person.deleted_ms is not None:
        raise approving.NotYours(_GONE)
    cases.add(
        case, "act", approving.APPROVED.format(text=made.text), author=made.approved_by, confirmation=made
    )
    _begin(made)


def _declined(made: Confirmation, by: Person) -> None:
    cases.add(_case_of(made), "act", _NOT_APPROVED, author=by, confirmation=made)


def _begin(made: Confirmation) -> Penalty:
    """What was confirmed, and approved where it had to be, begins now. Raises `ValueError` for a confirmation that is
    not what it was: a bug, or somebody wrote to the database."""
    about, case = made.orders[0], _case_of(made)
    sound = by_two(made, made.approval_given) if made.approval else verified(made)
    if not sound or case.person is None or str(case.person_id) != about["person"]:
        raise ValueError(f"confirmation {made.pk} does not say whom to penalise")
    reason = Text(about["zh"], about["en"])
    if made.person is None:
        raise ValueError("only a person penalises somebody")
    begun = penalties.penalise(
        case.person,
        by=made.person,
        case=case.number,
        reason=reason,
        for_ms=about["days"] * DAY_MS or None,
        kind=about["kind"],
        confirmation=made,
    )
    text = _IMPOSED.format(
        what=penalties.KIND_WORDS[Penalty.Kind(begun.kind)],
        until=penalties.until_words(begun.until_ms),
        reason=reason,
    )
    if case.kind == Case.Kind.CONDUCT:
        cases.decided(case, made.person, text, made)
    else:
        cases.add(case, "decision", text, author=made.person, shown=True, confirmation=made)
    return begun


def _case_of(made: Confirmation) -> Case:
    return Case.objects.select_related("person").get(number=made.orders[0]["case"])


def waiting_in(case: Case) -> QuerySet[Confirmation]:
    """Penalties of this case that wait for a second member of staff."""
    ids = case.entries.filter(kind="act").values("confirmation_id")
    return approving.waiting().filter(approval=APPROVAL, pk__in=ids)
