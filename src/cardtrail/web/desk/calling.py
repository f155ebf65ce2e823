"""Calling staff: whoever has the role hears, in the pages and by mail, that something waits; then not again about that
sort of work before they have looked, for the desk's sidebar counts the rest."""

from __future__ import annotations

from typing import Final

from cardtrail.web.desk.models import Staff
from cardtrail.web.notices.models import Notice
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.texts import Text

GROUP: Final = "desk"
"""Of these notices' kinds; whoever wants no mails of it says so among their own mails (`accounts.mail_groups`)."""


def call(
    sort: str, roles: tuple[str, ...], *, key: str, text: Text, url: str, but: frozenset[object] = frozenset()
) -> int:
    """Tell everybody with one of these roles who has read what they were last told about this sort of work. Part of the
    caller's transaction. Gives how many were told.

    sort   of work: one word
    key    what waits; nobody is told twice about the same
    but    ids of people who need not be told: whoever it concerns, whoever asked for it
    """
    staff = [
        member.person
        for member in Staff.objects.filter(active=True).select_related("person")
        if member.may_change(*roles) and member.person_id not in but
    ]
    kind = f"{GROUP}.{sort}"
    unread = set(
        Notice.objects.filter(person__in=staff, kind=kind, read_ms__isnull=True).values_list(
            "person_id", flat=True
        )
        if staff
        else ()
    )
    told = [
        notify(person, kind, key=f"{GROUP}/{sort}/{key}", text=text, url=url)
        for person in staff
        if person.pk not in unread
    ]
    return sum(each is not None for each in told)
