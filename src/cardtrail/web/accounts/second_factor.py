"""Cards are shown and moved only behind a passkey or an authenticator app."""

from __future__ import annotations

import datetime
from typing import TypeVar

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from cardtrail.web.accounts import alongside
from cardtrail.web.accounts.models import Person

GUARDED = tuple(f"cardtrail.web.{app}" for app in ("cards", "checkout", "desk", "api", "webhooks", "market"))
"""Apps whose pages show or move cards, or hand out what can. What strangers may see of them is theirs to decide."""

View = TypeVar("View")

_OPEN = "_cardtrail_open_without_second_factor"
_KINDS = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)
_ALONGSIDE = "second_factor"


def has_second_factor(person: Person) -> bool:
    """Whether a person has a passkey or an authenticator app. Recovery codes alone are neither."""
    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=_KINDS).exists())


def came_with_second_factor(person: Person) -> bool:
    """The same, as it was when this request began: what lets somebody in."""
    return bool(alongside.answer(person, _ALONGSIDE, lambda: has_second_factor(person)))


def register() -> None:
    """Have it asked with every person who makes a request."""
    kept = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=_KINDS)
    alongside.ask(_ALONGSIDE, lambda: Exists(kept))


def had_one_before(person: Person, at: datetime.datetime) -> bool:
    """Whether a person had a passkey, an authenticator app or recovery codes before a moment."""
    return bool(Authenticator.objects.filter(user_id=person.pk, created_at__lt=at).exists())


def open_without_second_factor(view: View) -> View:
    """Mark a view of a guarded app that everybody may see."""
    setattr(view, _OPEN, True)
    return view


def is_guarded(view: object) -> bool:
    """Whether a view belongs to those that want a second factor."""
    module = getattr(getattr(view, "view_class", view), "__module__", "")
    return module.startswith(tuple(f"{app}." for app in GUARDED)) and not getattr(view, _OPEN, False)


def is_asked_for(request: HttpRequest) -> bool:
    """Whether a second factor is a condition here. In a demonstration it is only recommended, to staff as to all."""
    return not settings.CONFIG.demo
