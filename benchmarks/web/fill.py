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

from cardtrail.web.prepare import start_django

start_django()

from cardtrail.client.build import sign  # noqa: E402
from cardtrail.wallet.derive import ROOT_BYTES, Root  # noqa: E402
from cardtrail.web.accounts.models import Person  # noqa: E402
from cardtrail.web.actions.custody import keyring  # noqa: E402
from cardtrail.web.actions.models import Root as RootRow  # noqa: E402
from cardtrail.web.ledger.follow import catch_up  # noqa: E402
from cardtrail.web.ledger.models import HolderKey  # noqa: E402
from cardtrail.web.notices.models import Mail  # noqa: E402
from cardtrail.web.ui.clock import HOUR_MS, now_ms  # noqa: E402
from cardtrail.wire.commands import Redeem, Transfer  # noqa: E402
from tests.web.installation import (  # noqa: E402
    CHUNK,
    FACE,
    Issuing,
    found_brand,
    make_people,
    sign_in,
    submit,
)

SEED = 20_261_122
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--holders", type=int, required=True)
    parser.add_argument("--cards", type=int, required=True)
    parser.add_argument("--browsing", type=int, required=True)
    given = parser.parse_args()
    random.seed(SEED)
    began_s = time.monotonic()
    network = found_brand()
    people = make_people([f"{random.choice(SURNAMES)}{place}" for place in range(given.holders)])
    roots = _roots(people, network)
    owners = [random.randrange(given.holders) for _ in range(given.cards)]
    for place in range(given.browsing):
        owners[place * 5 : place * 5 + 5] = [place] * 5  # Whoever browses has something to look at.
    issuing = Issuing(network)
    issuing.define()
    for start in range(0, given.cards, CHUNK):
        issuing.issue(start, _keys(start, roots, people, owners[start : start + CHUNK]))
    moved = _move(network, roots, people, owners, given.cards // 10)
    catch_up()
    # An ordinary minute is measured, not the one after a hundred thousand cards were handed out at once.
    Mail.objects.filter(sent_ms__isnull=True).update(sent_ms=now_ms())
    sessions = [sign_in(person) for person in people[: given.browsing]]
    print(json.dumps({"sessions": sessions, "moved": moved, "seconds": round(time.monotonic() - began_s, 1)}))


def _keys(
    first: int, roots: Sequence[Root], people: Sequence[Person], owners: Sequence[int]
) -> tuple[bytes, ...]:
    """The keys that will own the cards from serial `first`, written down as their holders'."""
    publics = [roots[owner].owner_key(serial, 0).public for serial, owner in enumerate(owners, first)]
    HolderKey.objects.bulk_create(
        HolderKey(public=public, person=people[owners[place]], origin_serial=first + place, origin_hop=0)
        for place, public in enumerate(publics)
    )
    return tuple(publics)


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


if __name__ == "__main__":
    main()
