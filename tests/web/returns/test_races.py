"""Two in the same moment, for real: what is there once is given once; and what it would be without the defence."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from cardtrail.pricing.offers import Unit
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import perform
from cardtrail.web.ledger.models import Movement
from cardtrail.web.returns import handing, payouts, quotes
from cardtrail.web.returns.models import Return
from cardtrail.web.ui.clock import now_ms
from tests.web.returns.desk import Brand, now

pytestmark = [
    pytest.mark.slow,
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("trusting"),
]


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each of them gives, begun in the same moment; the name of the fault where it raised one."""
    gate, results = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        gate.wait(30)
        try:
            results[place] = task()
        except RuntimeError as error:
            results[place] = type(error).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Makes two threads do something only once both are about to: the moment in which a race is lost. Where one cannot
    come because the other has the lock, the wait ends by itself."""

    def both(where: Any, name: str) -> None:
        real, gate = getattr(where, name), threading.Barrier(2)

        def met(*args: Any, **kwargs: Any) -> Any:
            found = real(*args, **kwargs)
            with contextlib.suppress(threading.BrokenBarrierError):
                gate.wait(1.0)
            return found

        monkeypatch.setattr(where, name, met)

    return both


def test_two_yeses(brand: Brand, together: Callable[[Any, str], None]) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    together(handing, "_stands")
    found = at_once(lambda: brand.agree(given), lambda: brand.agree(given))
    assert [type(one) for one in found] == [Confirmation, Confirmation], found
    assert found[0] == found[1]
    assert Confirmation.objects.filter(purpose=handing.PURPOSE).count() == 1
    at_once(lambda: perform(found[0]), lambda: perform(found[1]))
    at_once(lambda: payouts.run_for(given.pk), lambda: payouts.run_for(given.pk))
    brand.work()
    assert (now(given).state, brand.paid(given)) == ("paid", 41_000)
    assert Movement.objects.filter(serial=given.serial, kind="void").count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer: its own lock stands in")
def test_two_yeses_without_the_lock(
    brand: Brand, together: Callable[[Any, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Companion: both see a quote that stands, and one of them finds out only by the swap, having confirmed already."""
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows)
    together(handing, "_stands")
    found = at_once(lambda: brand.agree(given), lambda: brand.agree(given))
    assert sorted(type(one).__name__ for one in found) == ["Confirmation", "str"], found
    assert "RuntimeError" in found


def test_the_last_of_the_budget(brand: Brand, together: Callable[[Any, str], None]) -> None:
    brand.offer(day_limit=41_000)
    one, other = brand.holder("小满"), brand.holder("阿宁")
    first, second = brand.card(one), brand.card(other)
    together(quotes, "_asked")
    found = at_once(
        lambda: quotes.make(first, one, Unit.MONEY), lambda: quotes.make(second, other, Unit.MONEY)
    )
    assert sorted(getattr(answer, "code", "quoted") for answer in found) == ["day_limit", "quoted"], found
    assert quotes.paid(Unit.MONEY, "CNY", one.pk, now_ms()).today == 41_000


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer: its own lock stands in")
def test_the_last_of_the_budget_without_the_lock(
    brand: Brand, together: Callable[[Any, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Companion: both count the same budget, and it is spent twice."""
    brand.offer(day_limit=41_000)
    one, other = brand.holder("小满"), brand.holder("阿宁")
    first, second = brand.card(one), brand.card(other)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows)
    together(quotes, "_asked")
    at_once(lambda: quotes.make(first, one, Unit.MONEY), lambda: quotes.make(second, other, Unit.MONEY))
    assert quotes.paid(Unit.MONEY, "CNY", one.pk, now_ms()).today == 82_000


def test_one_card_quoted_twice(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    card = brand.card(person)
    at_once(*[lambda: quotes.make(card, person, Unit.MONEY)] * 3)
    assert Return.objects.filter(state="quoted").count() == 1


def test_four_workers_pay_one_return(brand: Brand) -> None:
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    brand.play.cut = True
    assert brand.hand_back(given).state == "owed"
    brand.play.cut = False
    Return.objects.update(next_try_ms=0, lease_ms=0)
    brand.play.asked.clear()
    at_once(*[payouts.run_due] * 4)
    assert brand.play.asked == ["POST payouts"]
    assert (now(given).state, brand.paid(given)) == ("paid", 41_000)
