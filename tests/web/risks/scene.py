"""People with devices and a history, and questions about them."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.db import transaction

from cardtrail.risk.links import Kind
from cardtrail.risk.port import Act
from cardtrail.web.accounts.models import Device, Person
from cardtrail.web.risks import traces
from cardtrail.web.risks.ask import Asked, Inquiry, ask
from cardtrail.web.risks.presence import Presence
from cardtrail.web.ui.clock import DAY_MS, now_ms

HOME = "192.0.2.7"
YEAR_MS = 365 * DAY_MS

_numbers = count()


def settle(person: Person, *, at: str = HOME, browser: str = "") -> Presence:
    """The person has used one device in one place for a year, and proved just now who they are."""
    then = now_ms() - YEAR_MS
    device = Device.objects.create(
        person=person,
        token=browser or f"browser-{next(_numbers)}",
        label="iPhone · Safari",
        address=at,
        first_seen_ms=then,
        last_seen_ms=then,
    )
    seen = traces.Traces(person)
    seen.note(traces.NETWORK, traces.neighbourhood(at), now_ms(), then)
    seen.write()
    return Presence(device.id, at, now_ms())


def share(kind: Kind, *people: Person, value: str = "the same") -> None:
    """People are seen with one and the same thing."""
    for person in people:
        seen = traces.Traces(person)
        seen.note(kind, value, now_ms())
        seen.write()


def inquiry(person: Person, serial: int | None = None, act: Act = Act.LIST, **fields: Any) -> Inquiry:
    usual = {
        "value_minor": 50_000,
        "currency": "CNY",
        "about": "listing/1",
        "clean_value_minor": 1_000_000,
        "open_value_minor": 50_000,
    }
    return Inquiry(person=person, act=act, serial=serial, **usual | fields)


def asked(
    person: Person, presence: Presence, serial: int | None = None, act: Act = Act.LIST, **fields: Any
) -> Asked:
    with transaction.atomic():
        return ask(inquiry(person, serial, act, **fields), presence)


def codes(found: Asked) -> set[str]:
    return {reason.code for reason in found.verdict.reasons}
