"""Who may enter which page of the desk, decided in one place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from cardtrail.web.desk.models import ROLES, Staff

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods by which nothing is changed."""

_KEPT = "_cardtrail_staff"


def staff_of(request: HttpRequest) -> Staff | None:
    """The active member of staff who makes a request, none for anybody else. Asks the database once a request."""
    if not request.user.is_authenticated:
        return None
    if not hasattr(request, _KEPT):
        found = Staff.objects.filter(person_id=request.user.pk, active=True).first()
        setattr(request, _KEPT, found)
    kept: Staff | None = getattr(request, _KEPT)
    return kept


def works_here(person: AbstractBaseUser) -> bool:
    """Whether a person belongs to the brand's staff now."""
    return Staff.objects.filter(person_id=person.pk, active=True).exists()


def staff_only(*roles: str) -> Callable[[View[P]], View[P]]:
    """Let active staff with one of these roles in; with none named, any active staff.

    A stranger is sent to sign in, a holder is told that there is no such page (404), staff with other roles that
    they may not (403). An auditor reads what this lets them in to, and changes nothing there, whatever a page would do.
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
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View[P]", enter)

    return guarded
