"""What the tests of paying share: a member of staff at a till, somebody with cards, their browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from cardtrail.web.accounts.models import Person
from cardtrail.web.checkout import asking
from cardtrail.web.checkout.models import Payment
from cardtrail.web.desk.models import Staff
from cardtrail.web.ledger.models import Card
from tests.web.cards.conftest import browser
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

__all__ = ["browser"]


@dataclass
class Shop:
    """A shop that asks for money."""

    staff: Person

    def ask(self, amount_minor: int = 8_800, kind: str = "till", **more: object) -> Payment:
        fields: dict[str, object] = {
            "kind": kind,
            "amount_minor": amount_minor,
            "currency": "CNY",
            "reference": "A-1024",
            "shop": "山野咖啡",
            "made_by": self.staff,
        }
        return asking.ask(asking.Ask(**(fields | more)))  # type: ignore[arg-type]


@pytest.fixture
def shop(people: People) -> Shop:
    person = people.make("小周")
    Staff.objects.create(person=person, roles=["till"])
    return Shop(person)


@pytest.fixture
def payer(people: People) -> Person:
    return people.make("小满")


@pytest.fixture
def cards(ledger: Ledger, payer: Person) -> list[Card]:
    """Three cards of the payer's with ¥50.00 on each."""
    return claim(payer, ledger, ledger.issue(3, 5_000))


@pytest.fixture
def phone(browser: Callable[[Person], Client], payer: Person) -> Client:
    return browser(payer)


@pytest.fixture
def desk(browser: Callable[[Person], Client], shop: Shop) -> Client:
    return browser(shop.staff)


def choice(parts: dict[int, str]) -> dict[str, str]:
    """What the form for several cards sends."""
    from cardtrail.wire.identifiers import card_number

    return {f"amount_{card_number(serial)}": text for serial, text in parts.items()}
