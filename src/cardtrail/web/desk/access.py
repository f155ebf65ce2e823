"""Who may enter which page of the desk, decided in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from cardtrail.web.accounts import alongside
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness
from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.desk.words import ROLE_WORDS
from cardtrail.web.ui.errors import Forbidden, Trouble
from cardtrail.web.ui.texts import Text

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods by which nothing is changed."""

_KEPT = "_cardtrail_staff"
_ALONGSIDE = "works_here"


_TITLE: Final = Text("这一页属于别的角色", "This page is for another role")
_NEEDED: Final = Text(
    "需要的角色：{needed}。你的角色：{own}。要用这一页，请找管理员。",
    "Role needed: {needed}. Yours: {own}. If you need this page, ask an administrator.",
)
_READS: Final = Text(
    "审计只看，不改。需要的角色：{needed}。", "An auditor looks and changes nothing. Role needed: {needed}."
)
_DESK: Final = Text("回到工作台", "Back to the desk")


def staff_of(request: HttpRequest) -> Staff | None:
    """The active member of staff who makes a request, none for anybody else. Asks the database once a request."""
    if not request.user.is_authenticated:
        return None
    if not hasattr(request, _KEPT):
        found = Staff.objects.filter(person_id=request.user.pk, active=True).first()
        setattr(request, _KEPT, found)
    kept: Staff | None = getattr(request, _KEPT)
    return kept


def staff_behind(request: HttpRequest) -> Staff:
    """The same behind `staff_only`. Raises `PermissionError` for anybody else: a page that is not guarded."""
    staff = staff_of(request)
    if staff is None:
        raise PermissionError("only active staff do this")
    return staff


def acting(asker: HttpRequest | Witness) -> Person:
    """Who acts: at a browser, or as a witness says. Raises `PermissionError` for somebody who is not signed in."""
    person = asker.person if isinstance(asker, Witness) else asker.user
    if not isinstance(person, Person):
        raise PermissionError("only somebody who is signed in does this")
    return person


def works_here(person: AbstractBaseUser) -> bool:
    """Whether a person belongs to the brand's staff."""
    kept = Staff.objects.filter(person_id=person.pk, active=True)
    return bool(alongside.answer(person, _ALONGSIDE, kept.exists))


def register() -> None:
    """Have it asked with every person who makes a request."""
    alongside.ask(_ALONGSIDE, lambda: Exists(Staff.objects.filter(person_id=OuterRef("pk"), active=True)))


def staff_only(*roles: str) -> Callable[[View[P]], View[P]]:
    """Let active staff with one of these roles in; with none named, any active staff.

    A stranger is sent to sign in, a holder is told that there is no such page (404), staff with other roles which
    one it takes (403). An auditor reads what this lets them in to, and changes nothing there, whatever a page would do.
    Raises `ValueError` at the start for a role that does not exist.
    """
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def enter(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            staff = staff_of(request)
            if staff is None:
                raise Http404
            if not staff.may(*roles) or (request.method not in SAFE and not staff.may_change(*roles)):
                raise Forbidden(_why(staff, roles))
            return view(request, *args, **kwargs)

        return cast("View[P]", enter)

    return guarded


def _why(staff: Staff, roles: tuple[str, ...]) -> Trouble:
    """What somebody with other roles reads."""
    needed = [role for role in roles or ROLES if role != "auditor"]
    text = _READS if staff.may(*roles) else _NEEDED
    own = _named(staff.roles, Text("、", ", ")) if staff.roles else Text("—", "—")
    advice = text.format(needed=_named(needed or ["auditor"], Text("或", " or ")), own=own)
    return Trouble(_TITLE, advice, icon="lock", start=reverse("desk:home"), start_title=_DESK)


def _named(roles: Sequence[str], between: Text) -> Text:
    words = [ROLE_WORDS[role] for role in roles]
    return Text(between.zh.join(word.zh for word in words), between.en.join(word.en for word in words))
