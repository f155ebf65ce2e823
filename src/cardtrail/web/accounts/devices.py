"""Which browser a request comes from. Each browser has a random name in a cookie of its own, that outlives sessions."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from cardtrail.web.accounts import browsers
from cardtrail.web.accounts.address import client_address
from cardtrail.web.accounts.models import Device, Person
from cardtrail.web.ui.clock import now_ms

COOKIE = "cardtrail_device"
COOKIE_AGE_S = 400 * 24 * 3600
"""As long as browsers keep a cookie at most."""

_SALT = "cardtrail.device"
_NAME = "_cardtrail_browser"
_FOUND = "_cardtrail_device"


class NobodySignedInError(RuntimeError):
    """A device was asked for where nobody is signed in: a mistake of the caller."""


def device_of(request: HttpRequest) -> Device:
    """The device of the person who makes a request, made at need. Raises `NobodySignedInError`."""
    return meet(request)[0]


def meet(request: HttpRequest) -> tuple[Device, bool]:
    """The device of the signed-in person, and whether they have never used it before. Raises `NobodySignedInError`."""
    if not request.user.is_authenticated:
        raise NobodySignedInError
    person = request.user
    kept: Device | None = getattr(request, _FOUND, None)
    if kept is not None and kept.person_id == person.pk:
        return kept, False
    found, new = _find_or_make(request, person)
    setattr(request, _FOUND, found)
    return found, new


def browser_name(request: HttpRequest) -> str:
    """The random name in the browser's cookie; a new one for a browser that has none, or one that we did not sign."""
    kept: str | None = getattr(request, _NAME, None)
    if kept is not None:
        return kept
    try:
        name = signing.Signer(salt=_SALT).unsign(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        name = secrets.token_urlsafe(24)
    setattr(request, _NAME, name)
    return name


def send_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the browser its name, if it was asked for during the request and the browser does not have it yet."""
    name: str | None = getattr(request, _NAME, None)
    if name is None:
        return
    signed = signing.Signer(salt=_SALT).sign(name)
    if request.COOKIES.get(COOKIE) == signed:
        return
    response.set_cookie(
        COOKIE,
        signed,
        max_age=COOKIE_AGE_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(request: HttpRequest) -> None:
    """The next `device_of` asks the database again: somebody else may have signed in meanwhile."""
    if hasattr(request, _FOUND):
        delattr(request, _FOUND)


def token(name: str) -> str:
    """What the database keeps of a browser's name."""
    return hashlib.sha256(name.encode()).hexdigest()


def _find_or_make(request: HttpRequest, person: Person) -> tuple[Device, bool]:
    name = token(browser_name(request))
    found = Device.objects.filter(person=person, token=name).first()
    if found is not None:
        return found, False
    at = now_ms()
    try:
        with transaction.atomic():
            made = Device.objects.create(
                person=person,
                token=name,
                label=browsers.label(request.META.get("HTTP_USER_AGENT", "")),
                address=str(client_address(request)),
                first_seen_ms=at,
                last_seen_ms=at,
            )
    except IntegrityError:  # Another request of the same browser was first.
        return Device.objects.get(person=person, token=name), False
    return made, True
