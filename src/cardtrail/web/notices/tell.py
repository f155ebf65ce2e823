"""Telling somebody something, exactly once."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from cardtrail.web.accounts.mail_groups import wants_mail
from cardtrail.web.accounts.models import Person
from cardtrail.web.notices.models import Mail, Notice
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text


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


def unread(person: AbstractBaseUser) -> int:
    """How many notices a person has not looked at."""
    return Notice.objects.filter(person_id=person.pk, read_ms__isnull=True).count()


def wipe(person: Person) -> None:
    """Everything a person was told, and the mails on their way: the account is being deleted."""
    Notice.objects.filter(person=person).delete()
