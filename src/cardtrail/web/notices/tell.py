"""Telling somebody something, exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from cardtrail.web.accounts import alongside
from cardtrail.web.accounts.mail_groups import wants_mail
from cardtrail.web.accounts.models import Person
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

_ALONGSIDE: Final = "unread"

TOGETHER: Final = 90
"""So many notices are written with one statement; Django gives SQLite no more than 999 values in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a person is to be told, as a value: for many at once. The fields are what `notify` is given."""

    person_id: UUID
    kind: str
    key: str
    text: Text
    serial: int | None = None
    url: str = ""
    entry: int | None = None
    at_ms: int | None = None
    mail: bool = True

    def notice(self) -> Notice:
        """The notice, not yet written."""
        return Notice(
            person_id=self.person_id,
            key=self.key,
            kind=self.kind,
            zh=self.text.zh,
            en=self.text.en,
            serial=self.serial,
            url=self.url,
            entry=self.entry,
            at_ms=now_ms() if self.at_ms is None else self.at_ms,
        )


def notify(
    person: Person,
    kind: str,
    *,
    key: str,
    text: Text,
    serial: int | None = None,
    url: str = "",
    entry: int | None = None,
    at_ms: int | None = None,
    mail: bool = True,
) -> Notice | None:
    """Tell a person, in the pages and, where they want it, by mail. Part of the caller's transaction.

    key   what it is about; a second notice with the same key to the same person is not made

    Gives none if the person was told already, or is gone.
    """
    if person.deleted_ms is not None:
        return None
    notice, made = Notice.objects.get_or_create(
        person=person,
        key=key,
        defaults={
            "kind": kind,
            "zh": text.zh,
            "en": text.en,
            "serial": serial,
            "url": url,
            "entry": entry,
            "at_ms": now_ms() if at_ms is None else at_ms,
        },
    )
    if not made:
        return None
    if mail and wants_mail(person, kind.partition(".")[0]):
        Mail.objects.create(notice=notice, language=person.language)
    return notice


def notify_all(news: Iterable[News]) -> int:
    """Tell people many things at once, in a few statements. Part of the caller's transaction. Gives how many notices
    there are now that were not there before.

    Two callers must not tell a person the same key at once: one of them would fail, and its transaction with it. So
    this is for those who write under a lock, of an order or of the projection; everybody else calls `notify`.
    """
    first: dict[tuple[UUID, str], News] = {}
    for one in news:
        first.setdefault((one.person_id, one.key), one)
    rest, count = iter(first.values()), 0
    while part := list(islice(rest, TOGETHER)):
        count += _write(part)
    return count


def _write(part: Sequence[News]) -> int:
    # One query for both: who is there, and what of it they were told before, with a row for each.
    before = FilteredRelation("notices", condition=Q(notices__key__in={one.key for one in part}))
    there = Person.objects.filter(pk__in={one.person_id for one in part}, deleted_ms__isnull=True)
    rows = list(there.only("language", "no_mail").annotate(before=before, told=F("before__key")))
    people = {person.pk: person for person in rows}
    told = {(person.pk, person.told) for person in rows}
    fresh = [one for one in part if one.person_id in people and (one.person_id, one.key) not in told]
    notices = Notice.objects.bulk_create([one.notice() for one in fresh])
    Mail.objects.bulk_create(
        [
            Mail(notice=notice, language=people[one.person_id].language)
            for one, notice in zip(fresh, notices, strict=True)
            if one.mail and wants_mail(people[one.person_id], one.kind.partition(".")[0])
        ]
    )
    return len(notices)


def unread(person: AbstractBaseUser) -> int:
    """How many notices a person has not looked at."""
    rows = Notice.objects.filter(person_id=person.pk, read_ms__isnull=True)
    return int(alongside.answer(person, _ALONGSIDE, rows.count))


def looked(person: Person, notices: Sequence[Notice]) -> None:
    """A person has been shown notices."""
    fresh = [notice.pk for notice in notices if notice.read_ms is None]
    if fresh and Notice.objects.filter(pk__in=fresh, read_ms__isnull=True).update(read_ms=now_ms()):
        alongside.forget(person, _ALONGSIDE)


def register() -> None:
    """Have the unread ones counted with every person who makes a request."""
    rows = Notice.objects.filter(person_id=OuterRef("pk"), read_ms__isnull=True).order_by()
    counted = rows.values("person_id").annotate(count=Count("pk")).values("count")
    alongside.ask(_ALONGSIDE, lambda: Coalesce(Subquery(counted), 0))


def wipe(person: Person) -> None:
    """Everything a person was told, and the mails on their way: the account is being deleted."""
    Notice.objects.filter(person=person).delete()
