"""A step-up: where a person proves once more who they are, before risk is asked again."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.web.accounts.models import Person


def step_up_url(request: HttpRequest, back: str) -> str:
    """The page that asks for the person's passkey or authenticator app, and comes back to `back`.

    Whoever has neither is sent to where one is added; in a demonstration, which asks for none, to the password.
    """
    person = request.user
    if not isinstance(person, Person):
        raise PermissionError("only somebody who is signed in can prove who they are")
    page = _page(person)
    # `factor`: the page offers no password as another way, for here that would not count.
    asked = {"factor": 1} if page.startswith("mfa_reauthenticate") else {}
    return f"{reverse(page)}?{urlencode({'next': back, **asked})}"


def _page(person: Person) -> str:
    kinds = set(Authenticator.objects.filter(user_id=person.pk).values_list("type", flat=True))
    if Authenticator.Type.TOTP in kinds:
        return "mfa_reauthenticate"
    if Authenticator.Type.WEBAUTHN in kinds:
        return "mfa_reauthenticate_webauthn"
    return "account_reauthenticate" if settings.CONFIG.demo else "mfa_index"
