"""Two members of staff at the same moment, against a database with real transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from cardtrail.web.desk import activating, batches
from cardtrail.web.desk.law import RefusedByLaw
from cardtrail.web.ledger.models import Totals
from tests.web.desk.issuers import TRANSFER, deposit, draft, found_brand, issue
from tests.web.ledgers import Ledger
from tests.web.people import People, witness

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def race(ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Two activations that custody bears one by one and not together; each is decided before the other is written down,
    if nothing keeps them apart. Which of them were let through."""
    found_brand()
    ledger.define()
    deposit(400_000)
    for _ in range(2):
        issue(people.make(), draft(100, 10_000, None))
    staff = [people.make(), people.make()]
    both, real = Barrier(2), activating.check

    def check(*args: Any) -> Any:
        found = real(*args)
        # Who is kept waiting by the other never comes here; then we go on alone.
        with suppress(BrokenBarrierError):
            both.wait(timeout=2)
        return found

    monkeypatch.setattr(activating, "check", check)

    def one(place: int) -> bool:
        try:
            first, buyer = place * 100, replace(TRANSFER, document=str(place))
            activating.order(witness(staff[place]), staff[place], first, first + 99, buyer)
        except RefusedByLaw as refusal:
            # Any other rule's refusal is a mistake of this test.
            if refusal.refused.rule.code != "custody_ratio":
                raise
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        let_through = list(threads.map(one, range(2)))
    while batches.run_due():
        pass
    return let_through


def test_two_activations_at_once_do_not_pass_custody_together(
    ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sorted(race(ledger, people, monkeypatch)) == [False, True]
    assert Totals.objects.get().custody_ratio_bp == 4_000


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time, lock or not")
def test_without_the_lock_both_pass(ledger: Ledger, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activating, "lock_issuing", lambda: None)
    assert race(ledger, people, monkeypatch) == [True, True]
    assert Totals.objects.get().custody_ratio_bp == 2_000
