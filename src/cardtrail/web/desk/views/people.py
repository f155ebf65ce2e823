"""A person's record, one part at a time, for a case. Each time a part is opened, the person can read that it was."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from cardtrail.web.accounts.models import Person
from cardtrail.web.desk import looks
from cardtrail.web.desk.access import staff_only
from cardtrail.web.desk.casework import Case, Look
from cardtrail.web.desk.models import CASE_READERS
from cardtrail.web.desk.sections import show
from cardtrail.web.ui.texts import Text

PARTS: Final = {
    "account": Text("账户", "Account"),
    "cards": Text("卡", "Cards"),
    "sessions": Text("设备和登录", "Devices and sessions"),
}


@staff_only(*CASE_READERS)
@require_safe
def person(request: HttpRequest, number: str, person_id: UUID, what: str) -> HttpResponse:
    """One part of a person's record."""
    case = get_object_or_404(Case, number=number)
    whom = get_object_or_404(Person, pk=person_id)
    if what not in PARTS:
        return redirect("desk:case", number)
    try:
        look = looks.look_up(request, case, whom, what)
    except looks.NoCase as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:case", number)
    shown = {"case": case, "whom": whom, "what": what, "parts": PARTS, "at_ms": look.at_ms, **_seen(look)}
    return show(request, "desk/people/person.html", shown)


def _seen(look: Look) -> dict[str, Any]:
    if look.what == "account":
        account = looks.account_of(look)
        return {"account": account.person, "identity": account.identity}
    if look.what == "cards":
        return {"cards": looks.cards_of(look)}
    devices, sessions = looks.sessions_of(look)
    return {"devices": devices, "sessions": sessions}
