"""Four eyes: what waits for a second member of staff, who may be that, and what comes of it.

Most requests are commands to the ledger, which the approval sets going. Others (`Declared`) are the business of the app
that asks: it says here, once at the start, what the yes and the no lead to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions import confirm as confirming
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import Outcome
from cardtrail.web.desk import cases, loss_following
from cardtrail.web.desk.calling import call
from cardtrail.web.desk.casework import Ruling
from cardtrail.web.desk.chunks import work
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text

APPROVERS: Final = {
    "define": ("issuing", "admin"),
    "issue": ("issuing", "finance", "admin"),
    "activate": ("issuing", "finance", "admin"),
    "void": ("risk", "admin"),
    "rebind": ("risk", "admin"),
}
"""Roles of which the second member of staff has one, by kind of approval."""

KIND_WORDS: Final = {
    "define": Text("定义产品", "Define a product"),
    "issue": Text("发行或激活", "Issue or activate"),
    "activate": Text("激活", "Activate"),
    "void": Text("作废卡", "Void a card"),
    "rebind": Text("换绑", "Rebind a card"),
}

_CALLS: Final = Text(
    "工作台：一项申请等待批准（{kind}）。", "The desk: a request waits for approval ({kind})."
)

APPROVED: Final = Text("我已核对并批准：{text}", "I have checked this and approve it: {text}")


@dataclass(frozen=True, slots=True)
class Declared:
    """A kind of request that is no command to the ledger.

    word       what it is called
    roles      of which the second member of staff has one
    against    why this person cannot be the second; none if they can
    ready      why nobody can approve it just now; none if it can be. May ask others than the database
    approved   what the yes leads to, in the transaction that writes it down. Raises `NotYours` where it cannot be
    declined   what the no leads to, likewise; the person said it
    page       where more stands about it, for whoever may read that; empty: nowhere
    readers    roles that may read that page
    """

    word: Text
    roles: tuple[str, ...]
    against: Callable[[Person, Confirmation], Text | None]
    ready: Callable[[Confirmation], Text | None]
    approved: Callable[[Confirmation], object]
    declined: Callable[[Confirmation, Person], object]
    page: Callable[[Confirmation], str]
    readers: tuple[str, ...]


_declared: Final[dict[str, Declared]] = {}


def declares(kind: str, what: Declared) -> None:
    """From now on requests of this kind (`Confirmation.approval`) are dealt with like this."""
    _declared[kind] = what


def declared(confirmation: Confirmation) -> Declared | None:
    """What a request is, if it is no command to the ledger."""
    return _declared.get(confirmation.approval)


def call_second(confirmation: Confirmation) -> None:
    """Whoever may be the second for a request hears of it; not whoever asked."""
    call(
        "approvals",
        approvers()[confirmation.approval],
        key=f"approval/{confirmation.pk}",
        text=_CALLS.format(kind=kind_word(confirmation)),
        url=reverse("desk:approval", args=[confirmation.pk]),
        but=frozenset({confirmation.person_id}),
    )


def approvers() -> dict[str, tuple[str, ...]]:
    """Roles of which the second member of staff has one, by every kind of approval."""
    return {**APPROVERS, **{kind: each.roles for kind, each in _declared.items()}}


def kind_word(confirmation: Confirmation) -> Text:
    """What a request is called."""
    known = declared(confirmation)
    return KIND_WORDS[confirmation.approval] if known is None else known.word


class NotYours(PermissionError):  # noqa: N818 - it names what is wrong
    """Whoever is here cannot be the second for this. `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


_SAME: Final = Text(
    "这是你自己提出的申请，须由另一位工作人员批准。",
    "You asked for this yourself: another member of staff has to approve it.",
)
_ROLE: Final = Text("你的角色不能批准这类申请。", "Your role cannot approve requests of this kind.")
_CONCERNED: Final = Text(
    "这项申请涉及你本人，须由其他人批准。", "This concerns yourself: somebody else has to approve it."
)


def waiting() -> QuerySet[Confirmation]:
    """What waits, the oldest first."""
    rows = Confirmation.objects.exclude(approval="").filter(approved_ms=None, declined_ms=None)
    return rows.select_related("person").order_by("at_ms", "pk")


def shown_to(staff: Staff) -> QuerySet[Confirmation]:
    """What of it a member of staff sees: their own requests, and the kinds they may approve; auditors see all."""
    rows = waiting()
    if staff.may("auditor", "admin"):
        return rows
    kinds = [kind for kind, roles in approvers().items() if staff.may(*roles)]
    return rows.filter(approval__in=kinds) | rows.filter(person=staff.person)


def waiting_for(staff: Staff) -> QuerySet[Confirmation]:
    """What of it they may be the second for, but for what they asked for themselves."""
    kinds = [kind for kind, roles in approvers().items() if staff.may_change(*roles)]
    return waiting().filter(approval__in=kinds).exclude(person=staff.person_id)


def hindrance(staff: Staff, confirmation: Confirmation) -> Text | None:
    """Why this member of staff cannot approve it; none if they can."""
    if confirmation.person_id == staff.person_id:
        return _SAME
    if not staff.may(*approvers()[confirmation.approval]):
        return _ROLE
    known = declared(confirmation)
    if known is not None:
        return known.against(staff.person, confirmation)
    ruling = ruling_behind(confirmation)
    if ruling is None:
        return None
    holder = Card.objects.filter(serial=ruling.serial).values_list("holder_id", flat=True).first()
    return _CONCERNED if staff.person_id in {ruling.case.person_id, holder} else None


def approve(request: HttpRequest, staff: Staff, confirmation: Confirmation) -> list[Outcome]:
    """Approve, and do it. Raises `NotYours`, `NotAwaiting`. Not to be called inside a transaction."""
    reason = hindrance(staff, confirmation)
    if reason is not None:
        raise NotYours(reason)
    words = APPROVED.format(text=confirmation.text)
    known = declared(confirmation)
    if known is not None and (reason := known.ready(confirmation)) is not None:
        raise NotYours(reason)
    with transaction.atomic():
        confirming.approve(request, confirmation, words)
        if known is not None:
            known.approved(confirmation)
    ruling = ruling_behind(confirmation)
    if ruling is not None:
        cases.add(ruling.case, "act", words, author=staff.person, confirmation=confirmation.approval_given)
    return work(confirmation)


def decline(request: HttpRequest, staff: Staff, confirmation: Confirmation) -> None:
    """Say no, or take back what one asked for oneself. Raises `NotYours`, `NotAwaiting`."""
    own = confirmation.person_id == staff.person_id
    if not own and (reason := hindrance(staff, confirmation)) is not None:
        raise NotYours(reason)
    known = declared(confirmation)
    with transaction.atomic():
        confirming.decline(request, confirmation)
        if known is not None:
            known.declined(confirmation, staff.person)
    loss_following.not_approved(confirmation)
    ruling = ruling_behind(confirmation)
    if ruling is not None:
        said = (
            Text("申请人撤回了申请。", "Taken back by whoever asked for it.")
            if own
            else Text("未批准。", "Not approved.")
        )
        cases.add(ruling.case, "act", said, author=staff.person, confirmation=confirmation)


def ruling_behind(confirmation: Confirmation) -> Ruling | None:
    """The act on a card that a confirmation stands for, if it is one."""
    return Ruling.objects.select_related("case").filter(confirmation=confirmation).first()
