"""Two at the same moment: one gets it, the other is told; nothing is taken twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from cardtrail.web.checkout import paying, refunding
from cardtrail.web.checkout.models import Payment, Refund
from cardtrail.web.checkout.refusals import NotPossible
from cardtrail.web.ledger.models import Card
from tests.web.checkout.test_paying import begin
from tests.web.people import claim, witness

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each of them gives or raises, begun in the same moment."""
    gate, results = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        gate.wait(30)
        try:
            results[place] = task()
        except NotPossible as refusal:
            results[place] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def test_two_people_at_one_till(ledger, people, shop, payer, cards):
    other = people.make("小雨")
    theirs = claim(other, ledger, ledger.issue(1, 10_000))
    payment = shop.ask(3_000)
    found = at_once(
        lambda: paying.go(begin(payer, payment, cards, 3_000)),
        lambda: paying.go(begin(other, payment, theirs, 3_000)),
    )
    assert sorted(str(getattr(one, "state", one)) for one in found) in (
        ["paid", "taken"],
        ["not_open", "paid"],
    )
    assert 25_000 - sum(Card.objects.values_list("balance_minor", flat=True)) == 3_000
    assert Payment.objects.get().state == "paid"


def test_two_refunds_of_everything(shop, payer, cards):
    payment = shop.ask(8_800)
    paying.go(begin(payer, payment, cards, 5_000, 3_800))
    found = at_once(
        *[
            lambda: refunding.go(refunding.refund(witness(shop.staff), shop.staff, payment, 8_800))
            for _ in range(3)
        ]
    )
    assert sorted(str(getattr(one, "state", one)) for one in found) == [
        "amount_over_paid",
        "amount_over_paid",
        "done",
    ]
    assert Refund.objects.count() == 1
    assert sum(Card.objects.values_list("balance_minor", flat=True)) == 15_000
