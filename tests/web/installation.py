"""Fills an installation whose node is running: the brand, cards, people who are signed in.

For a process with the installation's environment that has called `start_django`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from cardtrail.client.build import SignedCommand, sign
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.brand import Brand
from cardtrail.web.ledger.founding import found
from cardtrail.web.ledger.link import link
from cardtrail.web.ui.clock import HOUR_MS, now_ms
from cardtrail.wire.answers import Refused
from cardtrail.wire.commands import Activate, Attest, Define, Issue
from cardtrail.wire.roles import Role
from tests.web.ledgers import TERMS
from tests.web.people import prove

FACE = 50_000
"""What is on each card, in fen."""

CHUNK = 1000


def found_brand() -> bytes:
    """An invented brand on a founded ledger. The network."""
    network = found(link())
    Brand.objects.get_or_create(id=1, defaults={"name": "山茶", "legal_name": "山茶", "set_up_ms": now_ms()})
    return network


def make_people(names: Sequence[str]) -> list[Person]:
    """People with an address each; nobody knows their passwords."""
    people = [
        Person(email=f"holder{place}@example.com", name=name, password="!")
        for place, name in enumerate(names)
    ]
    Person.objects.bulk_create(people, batch_size=CHUNK)
    EmailAddress.objects.bulk_create(
        (EmailAddress(user=person, email=person.email, primary=True, verified=True) for person in people),
        batch_size=CHUNK,
    )
    return people


def sign_in(person: Person) -> str:
    """A session of somebody who has just signed in with a second factor: what the browser's cookie says."""
    with transaction.atomic():
        TOTP.activate(person, generate_totp_secret())
        store: Any = import_module(settings.SESSION_ENGINE).SessionStore()
        store[SESSION_KEY] = str(person.pk)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        prove(store)
        store.save()
    return str(store.session_key)


class Issuing:
    """The issuer, putting cards on the ledger."""

    def __init__(self, network: bytes) -> None:
        self.network = network
        self.key = link().authority(Role.ISSUER)
        self.sequence = link().client.ledger().sequence(Role.ISSUER)

    def define(self) -> None:
        """The one product, and a deposit that covers whatever is sold of it."""
        submit([sign(Define(*self._next(), 0, "山茶春日礼品卡", TERMS), self.key)])
        bank = link().authority(Role.CUSTODIAN)
        ends_ms = now_ms() + HOUR_MS
        deposit = Attest(self.network, ends_ms, 0, "CNY", 10**11, now_ms(), secrets.token_bytes(32))
        submit([sign(deposit, bank)])

    def issue(self, first: int, owners: tuple[bytes, ...]) -> None:
        """Cards from serial `first`, one for each public key; they can be used at once."""
        submit(
            [
                sign(Issue(*self._next(), 0, FACE, first, owners), self.key),
                sign(Activate(*self._next(), first, len(owners)), self.key),
            ]
        )

    def _next(self) -> tuple[bytes, int, int]:
        self.sequence += 1
        return self.network, now_ms() + HOUR_MS, self.sequence - 1


def submit(commands: Sequence[SignedCommand]) -> None:
    """Have the ledger do it all, or stop."""
    for answer in link().client.submit_many(commands):
        if isinstance(answer, Refused):
            raise SystemExit(f"refused: {answer.code}")
