"""What the tests of holders' pages share: browsers of people who may see cards."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from msgspec.structs import replace

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.sealing import seal_second_factor
from cardtrail.web.actions import perform as performing
from cardtrail.web.cards.models import Gift
from cardtrail.web.risks import standing
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import now_ms
from tests.web.cards.giving import give, link_of
from tests.web.ledgers import Ledger
from tests.web.people import People, claim

Browser = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def quiet_risk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Risk has no rules: people and cards of tests were born a moment ago. `test_gift_risk` has the real ones."""
    monkeypatch.setattr(standing, "FIRST_RULES", replace(FIRST_RULES, rules=()))


@pytest.fixture
def browser(db: object) -> Browser:
    """A browser in which a person is signed in, with a second factor and an address that is shown to be theirs."""

    def open_for(person: Person) -> Client:
        Authenticator.objects.get_or_create(
            user=person,
            type=Authenticator.Type.TOTP,
            defaults={"data": {"secret": seal_second_factor("none")}},
        )
        EmailAddress.objects.get_or_create(
            user=person, email=person.email, defaults={"verified": True, "primary": True}
        )
        client = Client()
        client.force_login(person)
        return client

    return open_for


@pytest.fixture
def same_clock(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test moves the ledger's clock ahead, ours moves with it."""
    monkeypatch.setattr(performing, "now_ms", lambda: now_ms() + ledger.clock["offset_ms"])


Jump = Callable[[int], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """`jump(ms)`: all our clocks are so much later from now on, the ledger's too."""
    ahead = {"ms": 0}
    here = SimpleNamespace(time_ns=lambda: time.time_ns() + ahead["ms"] * 1_000_000)
    monkeypatch.setattr(clock, "time", here)

    def later(ms: int) -> None:
        ahead["ms"] += ms

    return later


@pytest.fixture
def giver(people: People) -> Person:
    return people.make("小满")


@pytest.fixture
def given(ledger: Ledger, browser: Browser, giver: Person) -> tuple[Gift, str, str]:
    """A gift by link, its path and its secret."""
    [serial] = ledger.issue()
    claim(giver, ledger, [serial])
    gift = give(browser(giver), serial)
    return gift, *link_of(browser(giver), gift)
