"""People for tests, and what they confirm."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.perform import Outcome, perform
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from tests.web.ledgers import Ledger

PASSWORD = "correct horse battery"


class People:
    """Makes people, each with an address of their own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def make(self, name: str = "小满", **fields: object) -> Person:
        email = f"person{next(self._numbers)}@example.com"
        person = Person.objects.create_user(email, PASSWORD, name=name, **fields)
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
        return person


def secured(person: Person) -> Person:
    """The person, with an authenticator app: pages that show or move cards ask for a second factor."""
    TOTP.activate(person, generate_totp_secret())
    return person


def prove(session: Any) -> None:
    """Note in a session that its person has just used their authenticator app: risk asks for no further proof."""
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]


def sign_in(client: Client, person: Person) -> None:
    """Sign in by the page, with the password."""
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()


def witness(person: Person | None) -> Witness:
    """Somebody at a browser."""
    return Witness(person, "zh-hans", bytes(32), "test-device", "192.0.2.1", "Test/1.0", "password")


def agree(person: Person | None, *orders: Order, purpose: str = "test", approval: str = "") -> Confirmation:
    """A person confirms something."""
    text = Text("我同意", "I agree")
    return confirm(witness(person), purpose=purpose, text=text, orders=orders, approval=approval)


def do(person: Person | None, *orders: Order, purpose: str = "test") -> list[Outcome]:
    """A person confirms something, and it is done at once."""
    return perform(agree(person, *orders, purpose=purpose))


def claim(person: Person, ledger: Ledger, serials: Sequence[int]) -> list[Card]:
    """A person claims cards by their codes."""
    outcomes = do(person, *(Order("claim", serial, secret=ledger.codes[serial].secret) for serial in serials))
    assert [outcome.state for outcome in outcomes] == [Action.State.DONE] * len(serials), outcomes
    return list(Card.objects.filter(serial__in=serials).order_by("serial"))
