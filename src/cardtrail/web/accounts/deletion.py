"""Deleting an account: personal data goes, the ledger and what the law has us keep stay (PIPL Art. 47).

Higher apps say what stands against it (`objections`) and wipe what is theirs (`wipers`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from cardtrail.web.accounts import activity
from cardtrail.web.accounts.identity import lock_or_wipe
from cardtrail.web.accounts.models import Device, Person
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True)
class Objection:
    """Something that has to be settled before an account can go.

    text  what it is, for the person
    url   where it can be settled, empty if nowhere
    """

    text: Text
    url: str = ""


objections: Final[list[Callable[[Person], list[Objection]]]] = []
"""Functions of higher apps that say what stands against deleting a person's account, such as cards with a balance."""

wipers: Final[list[Callable[[Person], None]]] = []
"""Functions of higher apps that wipe a person's data of theirs, in the same transaction. They can be called again."""


class ObjectedError(Exception):
    """The account cannot go yet."""

    def __init__(self, found: list[Objection]) -> None:
        super().__init__(f"{len(found)} objections to deleting an account")
        self.objections = found


def objections_of(person: Person) -> list[Objection]:
    """Everything that stands against deleting a person's account."""
    return [objection for ask in objections for objection in ask(person)]


@transaction.atomic
def delete(person: Person) -> None:
    """Delete an account. The row stays with its id alone, for actions and cases refer to it; nobody can sign in
    with it, and its address is free for a new account. Raises `ObjectedError`.
    """
    row = Person.objects.select_for_update().get(pk=person.pk)
    if row.deleted_ms is not None:
        return
    if found := objections_of(row):
        raise ObjectedError(found)
    for wipe in wipers:
        wipe(row)
    lock_or_wipe(row)
    Authenticator.objects.filter(user=row).delete()
    EmailAddress.objects.filter(user=row).delete()
    activity.end_all(row)
    Device.objects.filter(person=row).delete()
    row.email = f"{row.pk.hex}@deleted.invalid"  # RFC 2606: nobody has an address there.
    row.name = ""
    row.language = "zh-hans"
    row.time_zone = ""
    row.no_mail = []
    row.is_active = False
    row.deleted_ms = now_ms()
    row.set_unusable_password()
    row.save()
