"""Setting up: the ledger is founded, the brand named, and the first member of staff gets in."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from cardtrail.web import setup_code
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.brand import Brand, forget_name
from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.ledger.founding import found
from cardtrail.web.ledger.link import link
from cardtrail.web.ui.clock import now_ms


class SetUpAlready(RuntimeError):  # noqa: N818 - it names the state
    """The brand has been set up; the first-run page is gone."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the first-run page asks for."""

    name: str
    name_en: str
    legal_name: str
    kind: str
    person_name: str
    email: str
    password: str


def is_set_up() -> bool:
    """Whether there is a brand with somebody who can enter its desk."""
    return Brand.objects.exists() and Staff.objects.filter(active=True).exists()


def set_up(beginning: Beginning) -> Person:
    """Found the ledger, name the brand and make its first member of staff, who has every role until others have some.

    Can be repeated after an interruption: the ledger's founding goes on where it stopped. Raises `SetUpAlready`,
    `LedgerAway`, `FoundingError`.
    """
    if is_set_up():
        raise SetUpAlready
    found(link())
    with transaction.atomic():
        if is_set_up():
            raise SetUpAlready
        Brand.objects.update_or_create(
            id=1,
            defaults={
                "name": beginning.name,
                "name_en": beginning.name_en,
                "legal_name": beginning.legal_name,
                "kind": beginning.kind,
                "set_up_ms": now_ms(),
            },
        )
        person = Person.objects.create_user(beginning.email, beginning.password, name=beginning.person_name)
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
        Staff.objects.create(person=person, roles=list(ROLES))
    forget_name()
    setup_code.use_up(settings.CONFIG.directory)
    return person
