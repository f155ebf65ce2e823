"""Who is signed in where: on which device each session runs and when it was last used; how sessions are ended."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from cardtrail.web.accounts import browsers, sessions
from cardtrail.web.accounts.address import client_address, parse_address, shortened
from cardtrail.web.accounts.devices import device_of
from cardtrail.web.accounts.models import Device, Person, SignIn
from cardtrail.web.ui.clock import MINUTE_MS, now_ms

EVERY_MS = 5 * MINUTE_MS
"""How often "last active" is written. Not with every page: that would be a write for every read."""

_SEEN = "seen_ms"


@dataclass(frozen=True, slots=True)
class Running:
    """A session that runs, as its owner sees it.

    started_ms, seen_ms  since when, and when it was last used (to five minutes)
    """

    id: int
    label: str
    address: str
    started_ms: int
    seen_ms: int
    is_phone: bool
    is_current: bool


def record(request: HttpRequest) -> None:
    """Write down now and then that a session and its device are in use."""
    at = now_ms()
    if at - request.session.get(_SEEN, 0) < EVERY_MS:
        return
    write_down(request, device_of(request), at)


def write_down(request: HttpRequest, device: Device, at_ms: int) -> None:
    """Write down that a session is in use. It may have begun just now, or have a new key after a change of password."""
    request.session[_SEEN] = at_ms
    if request.session.session_key is None:
        request.session.save()
    address = str(client_address(request))
    key = sessions.kept(request.session.session_key or "")
    if not SignIn.objects.filter(session=key).update(seen_ms=at_ms, address=address, device=device):
        _begin(key, device, address, at_ms)
    Device.objects.filter(pk=device.pk).update(last_seen_ms=at_ms, address=address)


def write_down_soon(request: HttpRequest) -> None:
    """The session is about to get another key: the next page writes it down under that."""
    request.session.pop(_SEEN, None)
    SignIn.objects.filter(session=sessions.kept(request.session.session_key or "")).delete()


def running(person: Person, current_key: str | None) -> list[Running]:
    """A person's sessions, the present one first, then the ones used last."""
    rows = SignIn.objects.filter(person=person).select_related("device")
    live = set(
        Session.objects.filter(
            session_key__in=[row.session for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    SignIn.objects.filter(pk__in=[row.pk for row in rows if row.session not in live]).delete()
    current = sessions.kept(current_key) if current_key else None
    found = [_shown(row, current) for row in rows if row.session in live]
    return sorted(found, key=lambda one: (not one.is_current, -one.seen_ms))


def end(person: Person, sign_in_id: int) -> bool:
    """End one session of a person. False if they have no such session."""
    row = SignIn.objects.filter(person=person, pk=sign_in_id).first()
    if row is None:
        return False
    _end(row)
    return True


def end_all(person: Person, but: str | None = None) -> int:
    """End all sessions of a person, except the one with a key. Returns how many."""
    rows = list(SignIn.objects.filter(person=person).exclude(session=sessions.kept(but) if but else ""))
    for row in rows:
        _end(row)
    return len(rows)


def _begin(key: str, device: Device, address: str, at_ms: int) -> None:
    try:
        with transaction.atomic():
            SignIn.objects.create(
                person_id=device.person_id,
                device=device,
                session=key,
                address=address,
                started_ms=at_ms,
                seen_ms=at_ms,
            )
    except IntegrityError:  # Another page of the same session was first.
        return


def _end(row: SignIn) -> None:
    sessions.end(row.session)
    row.delete()


def _shown(row: SignIn, current: str | None) -> Running:
    address = parse_address(row.address)
    return Running(
        id=row.pk,
        label=row.device.label,
        address=shortened(address) if address else "",
        started_ms=row.started_ms,
        seen_ms=row.seen_ms,
        is_phone=browsers.is_phone(row.device.label),
        is_current=row.session == current,
    )
