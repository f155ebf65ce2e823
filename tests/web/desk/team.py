"""Members of staff for the desk's tests, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card
from cardtrail.wire.identifiers import card_number
from tests.web.people import People

Open = Callable[[Person], Client]


def browser(person: Person) -> Client:
    """A browser in which a person is signed in, with a second factor."""
    Authenticator.objects.get_or_create(
        user=person, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "none"}}
    )
    EmailAddress.objects.get_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )
    client = Client()
    client.force_login(person)
    return client


@dataclass
class Member:
    """A member of staff at a browser."""

    staff: Staff
    client: Client

    @property
    def person(self) -> Person:
        return self.staff.person

    def get(self, url: str, **data: Any) -> str:
        answer = self.client.get(url, data, follow=True)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.content.decode()

    def post(self, url: str, status: int = 200, **data: Any) -> str:
        answer = self.client.post(url, data, follow=True)
        assert answer.status_code == status, (url, answer.status_code)
        return answer.content.decode()


def member(people: People, *roles: str, name: str = "同事") -> Member:
    """A member of staff with roles."""
    person = people.make(name)
    return Member(Staff.objects.create(person=person, roles=list(roles)), browser(person))


def desk_card(card: Card | int) -> str:
    """The desk's address of a card."""
    serial = card if isinstance(card, int) else card.serial
    return f"/desk/cards/{card_number(serial)}/"


def do_act(member: Member, serial: int, act: str, case: str, cause: str, **more: str) -> str:
    """Both steps of an act: the form, then the page that says what happens, then the deed."""
    url = f"{desk_card(serial)}{act}/"
    data = {"case": case, "cause": cause, "zh": "", "en": "", **more}
    member.post(url, **data)
    return member.post(url, do="yes", **data)
