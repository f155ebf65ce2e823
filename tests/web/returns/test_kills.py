"""Killed between any two statements, and before or after any word to the ledger or the provider: a new process goes on,
and the end is the same, with nothing paid twice and no card gone without its money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection

from cardtrail.pricing.offers import Unit
from cardtrail.web.actions import perform as performing
from cardtrail.web.actions.kinds.plan import NotPossible
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.perform import perform
from cardtrail.web.ledger.follow import catch_up
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.models import Notice
from cardtrail.web.returns import payouts, points, quotes, reconcile
from cardtrail.web.returns.models import Posting, Return
from cardtrail.web.ui.clock import now_ms
from tests.web.orders.test_kills import Killed, Killer
from tests.web.returns.desk import Brand, now

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("trusting")]

Watch = Callable[[Brand, Killer], Any]
STEPS = 400
"""More than there are of anything."""


@contextmanager
def statements(_: Brand, killer: Killer) -> Iterator[None]:
    """Every statement of ours."""
    with connection.execute_wrapper(killer):
        yield


@contextmanager
def words(brand: Brand, killer: Killer) -> Iterator[None]:
    """Every word to the provider and to the ledger's node."""
    send, request = brand.play.send, brand.ledger.wire.request
    brand.play.send = lambda *args: killer(send, *args)  # type: ignore[method-assign]
    brand.ledger.wire.request = lambda *args, **kwargs: killer(request, *args, **kwargs)  # type: ignore[method-assign]
    try:
        yield
    finally:
        del brand.play.send, brand.ledger.wire.request


def live(brand: Brand, unit: Unit, watch: Watch, killer: Killer) -> Return:
    """One card from its quote to its end; whoever was killed is started again and goes on."""
    person = brand.holder()
    given = brand.quoted(brand.card(person, 10_000), person, unit)
    with watch(brand, killer):
        for _ in range(3):
            try:
                answer = brand.agree(given)
                assert isinstance(answer, Confirmation), answer
                perform(answer)
                payouts.run_for(given.pk)
                break
            except Killed:
                continue
        for _ in range(2):
            with suppress(Killed):  # The worker, and the one that is started when it was killed.
                brand.work()
    catch_up()  # The worker follows the feed, whoever died.
    return now(given)


def right(brand: Brand, done: Return) -> None:
    """Everything happened, and once."""
    assert done.state == "paid", done.state
    assert Card.objects.get(serial=done.serial).state == "void"
    moved = Movement.objects.filter(serial=done.serial, kind__in=("hold", "void", "return"))
    assert sorted(moved.values_list("kind", flat=True)) == ["hold", "void"]
    money = done.unit == Unit.MONEY
    assert brand.paid(done) == (done.pays if money else 0)
    assert Posting.objects.filter(of=done).count() == (0 if money else 1)
    assert points.balance(done.person) == (0 if money else done.pays)
    told = Notice.objects.filter(person=done.person, kind__startswith="returns.")
    assert told.count() == 1
    assert reconcile.run().differing == []


def count(brand: Brand, unit: Unit, watch: Watch) -> int:
    """How many things there are to be killed at."""
    killer = Killer(STEPS * 10, after=True)
    right(brand, live(brand, unit, watch, killer))
    assert killer.seen > 5
    return killer.seen


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("unit", list(Unit))
def test_words(brand: Brand, unit: Unit, after: bool) -> None:
    brand.offer(unit, day_limit=10**9)
    for at in range(1, count(brand, unit, words) + 1):
        right(brand, live(brand, unit, words, Killer(at, after=after)))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("unit", "every"), [(Unit.MONEY, 5), (Unit.POINTS, 11)])
def test_statements(brand: Brand, unit: Unit, every: int) -> None:
    """A statement that was cut off is undone with its transaction, so `before` says it all."""
    brand.offer(unit, day_limit=10**9)
    for at in range(1, count(brand, unit, statements) + 1, every):
        right(brand, live(brand, unit, statements, Killer(at, after=False)))


@pytest.mark.parametrize(("watch", "every"), [(words, 1), (statements, 9)])
def test_a_card_that_cannot_be_taken(
    brand: Brand, monkeypatch: pytest.MonkeyPatch, watch: Watch, every: int
) -> None:
    """The ledger does not let the brand end it: it comes back, whoever dies meanwhile, and nothing is paid."""

    def stopped(*_: Any) -> Any:
        raise NotPossible("frozen_by_another")

    monkeypatch.setattr(performing, "KINDS", {**performing.KINDS, "take_in": stopped})
    brand.offer(day_limit=10**9)
    killer = Killer(STEPS * 10, after=True)
    came_back(brand, live(brand, Unit.MONEY, watch, killer))
    for at in range(1, killer.seen + 1, every):
        came_back(brand, live(brand, Unit.MONEY, watch, Killer(at, after=False)))


def came_back(brand: Brand, ended: Return) -> None:
    """The card is its holder's as it was, and the budget is free again."""
    assert ended.state == "given_back", ended.state
    card = Card.objects.get(serial=ended.serial)
    assert (card.state, card.holder, card.balance_minor) == ("active", ended.person, 10_000)
    assert brand.paid(ended) == 0
    assert quotes.paid(Unit.MONEY, "CNY", ended.person_id, now_ms()).today == 0
    assert Notice.objects.filter(person=ended.person, kind="returns.refused").count() == 1
    assert reconcile.run().differing == []


def test_a_provider_that_was_killed_after_paying(brand: Brand) -> None:
    """Companion: without the key, the repeat would pay again."""
    brand.offer()
    person = brand.holder()
    given = brand.quoted(brand.card(person), person)
    send, lost = brand.play.send, []

    def lose(method: str, url: str, headers: Any, body: bytes) -> Any:
        answer = send(method, url, headers, body)
        if url.endswith("/payouts") and not lost:
            lost.append(answer)
            raise Killed
        return answer

    brand.play.send = lose  # type: ignore[method-assign]
    with pytest.raises(Killed):
        brand.hand_back(given)
    assert (now(given).state, brand.paid(given)) == ("owed", 41_000)
    brand.work()
    assert (now(given).state, brand.paid(given)) == ("paid", 41_000)
    assert sum("payouts" in asked for asked in brand.play.asked) == 2
