"""Fills an installation whose node is running: holders with cards of their own, some of which have moved.

Run by `benchmarks.web` as a process of its own, with the installation's environment. Every card goes through the
ledger: issued to a key derived from its holder's root, activated, some given on or spent.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from cardtrail.web.prepare import start_django

start_django()

from allauth.account.models import EmailAddress  # noqa: E402
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.db import transaction  # noqa: E402

from cardtrail.client.build import SignedCommand, sign  # noqa: E402
from cardtrail.wallet.derive import ROOT_BYTES, Root  # noqa: E402
from cardtrail.web.accounts.models import Person  # noqa: E402
from cardtrail.web.actions.custody import keyring  # noqa: E402
from cardtrail.web.actions.models import Root as RootRow  # noqa: E402
from cardtrail.web.desk.brand import Brand  # noqa: E402
from cardtrail.web.ledger.follow import catch_up  # noqa: E402
from cardtrail.web.ledger.founding import found  # noqa: E402
from cardtrail.web.ledger.link import link  # noqa: E402
from cardtrail.web.ledger.models import HolderKey  # noqa: E402
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms  # noqa: E402
from cardtrail.wire.answers import Refused  # noqa: E402
from cardtrail.wire.commands import Activate, Attest, Define, Issue, Redeem, Transfer  # noqa: E402
from cardtrail.wire.products import Terms, Transferable  # noqa: E402
from cardtrail.wire.roles import Role  # noqa: E402

FACE = 50_000
CHUNK = 1000
SEED = 20_261_122
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
TERMS = Terms(
    currency="CNY",
    faces=(FACE,),
    face_limit_minor=100_000,
    named=False,
    transferable=Transferable.SALE,
    cooling_off_ms=0,
    resale_cap_bp=10_000,
    max_hops=20,
    clearance=(),
    split=True,
    merge=True,
    validity_ms=3 * 366 * DAY_MS,
    hold_limit_ms=60 * DAY_MS,
    rebind_delay_ms=7 * DAY_MS,
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--holders", type=int, required=True)
    parser.add_argument("--cards", type=int, required=True)
    parser.add_argument("--browsing", type=int, required=True)
    given = parser.parse_args()
    random.seed(SEED)
    began_s = time.monotonic()
    network = found(link())
    Brand.objects.get_or_create(id=1, defaults={"name": "山茶", "legal_name": "山茶", "set_up_ms": now_ms()})
    people = _people(given.holders)
    roots = _roots(people, network)
    owners = [random.randrange(given.holders) for _ in range(given.cards)]
    for place in range(given.browsing):
        owners[place * 5 : place * 5 + 5] = [place] * 5  # Whoever browses has something to look at.
    issuing = Issuing(network)
    issuing.define()
    for start in range(0, given.cards, CHUNK):
        issuing.issue(start, [roots[owner] for owner in owners[start : start + CHUNK]], people, owners)
    moved = _move(network, roots, people, owners, given.cards // 10)
    catch_up()
    sessions = [_session(person) for person in people[: given.browsing]]
    print(json.dumps({"sessions": sessions, "moved": moved, "seconds": round(time.monotonic() - began_s, 1)}))


class Issuing:
    """The issuer, putting cards on the ledger."""

    def __init__(self, network: bytes) -> None:
        self.network = network
        self.key = link().authority(Role.ISSUER)
        self.sequence = link().client.ledger().sequence(Role.ISSUER)

    def define(self) -> None:
        submit([sign(Define(*self._next(), 0, "山茶春日礼品卡", TERMS), self.key)])
        bank = link().authority(Role.CUSTODIAN)
        ends_ms = now_ms() + HOUR_MS
        deposit = Attest(self.network, ends_ms, 0, "CNY", 10**11, now_ms(), secrets.token_bytes(32))
        submit([sign(deposit, bank)])

    def issue(self, first: int, roots: Sequence[Root], people: Sequence[Person], owners: Sequence[int]) -> None:
        publics = tuple(root.owner_key(serial, 0).public for serial, root in enumerate(roots, first))
        HolderKey.objects.bulk_create(
            HolderKey(public=public, person=people[owners[serial]], origin_serial=serial, origin_hop=0)
            for serial, public in enumerate(publics, first)
        )
        commands = [
            sign(Issue(*self._next(), 0, FACE, first, publics), self.key),
            sign(Activate(*self._next(), first, len(publics)), self.key),
        ]
        submit(commands)

    def _next(self) -> tuple[bytes, int, int]:
        self.sequence += 1
        return self.network, now_ms() + HOUR_MS, self.sequence - 1


def submit(commands: Sequence[SignedCommand]) -> None:
    for answer in link().client.submit_many(commands):
        if isinstance(answer, Refused):
            raise SystemExit(f"refused: {answer.code}")


def _people(count: int) -> list[Person]:
    people = [
        Person(email=f"holder{place}@example.com", name=f"{random.choice(SURNAMES)}{place}", password="!")
        for place in range(count)
    ]
    Person.objects.bulk_create(people, batch_size=CHUNK)
    EmailAddress.objects.bulk_create(
        (EmailAddress(user=person, email=person.email, primary=True, verified=True) for person in people),
        batch_size=CHUNK,
    )
    return people


def _roots(people: Sequence[Person], network: bytes) -> list[Root]:
    ring = keyring()
    roots = [Root(secrets.token_bytes(ROOT_BYTES), network) for _ in people]
    RootRow.objects.bulk_create(
        (
            RootRow(person=person, sealed=ring.seal(root.secret, f"root/{person.id}".encode()))
            for person, root in zip(people, roots, strict=True)
        ),
        batch_size=CHUNK,
    )
    return roots


def _move(
    network: bytes, roots: Sequence[Root], people: Sequence[Person], owners: Sequence[int], count: int
) -> int:
    """Some cards pay, some change hands, so that trails and notices are not all alike."""
    for part in _chunks(random.sample(range(len(owners)), count)):
        commands, keys = [], []
        for serial in part:
            key = roots[owners[serial]].owner_key(serial, 0)
            about = (network, now_ms() + HOUR_MS, serial, 1)
            if serial % 2:
                order = secrets.token_bytes(32)
                commands.append(sign(Redeem(*about, random.randrange(100, FACE // 2), order), key))
                continue
            taker = random.randrange(len(people))
            public = roots[taker].owner_key(serial, 1).public
            keys.append(HolderKey(public=public, person=people[taker], origin_serial=serial, origin_hop=1))
            commands.append(sign(Transfer(*about, public, secrets.token_bytes(32)), key))
        HolderKey.objects.bulk_create(keys)
        submit(commands)
    return count


def _chunks(items: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _session(person: Person) -> str:
    """A session of somebody who has signed in with a second factor."""
    with transaction.atomic():
        TOTP.activate(person, generate_totp_secret())
        store: Any = import_module(settings.SESSION_ENGINE).SessionStore()
        store[SESSION_KEY] = str(person.pk)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        store.save()
    return str(store.session_key)


if __name__ == "__main__":
    main()
