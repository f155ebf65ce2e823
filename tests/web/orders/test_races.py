"""Two in the same moment, for real: one is first, the other is told; and what it would be without the defence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from cardtrail.web.ledger.models import Movement
from cardtrail.web.orders import acts, deciding, exhibits
from cardtrail.web.orders.models import Deal, Errand, Incoming
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.orders.timers import fire
from cardtrail.web.ui import clock
from cardtrail.web.ui.clock import DAY_MS, now_ms
from tests.web.orders.market import Market
from tests.web.orders.test_paying import standing
from tests.web.people import witness

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each of them gives, or the code of its refusal, begun in the same moment."""
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
    return [str(getattr(one, "stage", getattr(one, "status_code", one))) for one in results]


def shown() -> exhibits.Shown:
    return exhibits.read("卡打不开", [])


def test_two_buyers(market: Market) -> None:
    found = at_once(market.order, lambda: market.order(market.other))
    assert sorted(found) == ["awaiting_payment", "listing_reserved"]
    assert Deal.objects.count() == 1


def test_one_notification_eight_times(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal)
    [(_, body)] = market.play.news()
    assert at_once(*[lambda: market.play.post(body)] * 8) == ["200"] * 8
    market.work()
    assert market.regions(deal) == ("delivered", "buyers", "held", "none")
    assert Incoming.objects.get().times == 8
    assert Movement.objects.filter(kind="release").count() == 1
    assert deal.steps.filter(kind="paid").count() == 1


def test_confirm_and_dispute(market: Market) -> None:
    deal = market.bought()
    found = at_once(
        lambda: acts.confirm_receipt(witness(market.buyer), deal),
        lambda: acts.open_dispute(witness(market.buyer), deal, "x", shown()),
    )
    market.work()
    stage = market.now(deal).stage
    if stage == "disputed":
        assert "confirm_during_dispute" in found
    else:
        assert stage == "completed"
        assert {"dispute_after_confirmation", "dispute_after_completion"} & set(found)
    assert len({"disputed", "completed", "releasing", "confirmed"} & set(found)) == 1


def test_confirm_three_times_and_its_timer(market: Market) -> None:
    deal = market.bought()
    clock.set_ahead(3 * DAY_MS)
    try:
        at_once(
            lambda: fire(now_ms()),
            *[lambda: acts.confirm_receipt(witness(market.buyer), deal)] * 3,
            lambda: fire(now_ms()),
        )
        market.work()
    finally:
        clock.set_ahead(0)
    assert market.regions(deal)[:3] == ("completed", "buyers", "released")
    assert standing(market, deal).released_minor == 45_000
    assert Errand.objects.filter(deal=deal, kind="release").count() == 1


def test_cancelled_and_paid(market: Market) -> None:
    deal = market.order()
    market.play.pay(deal)
    [(_, body)] = market.play.news()
    at_once(lambda: acts.cancel(witness(market.buyer), deal), lambda: market.play.post(body))
    market.work()
    market.play.deliver()
    now, money = market.now(deal), standing(market, deal)
    if now.stage == "cancelled":
        assert money.refunded_minor == 45_000
        assert market.card.holder == market.seller
    else:
        assert (now.stage, money.held_minor) == ("delivered", 45_000)
        assert market.card.holder == market.buyer


def test_two_workers_run_one_errand(market: Market) -> None:
    from cardtrail.web.orders import errands

    deal = market.bought()
    market.play.cut = True
    acts.confirm_receipt(witness(market.buyer), deal)
    market.play.cut = False
    Errand.objects.update(next_try_ms=0, lease_ms=0)
    market.play.asked.clear()
    at_once(*[errands.run_due] * 4)
    assert market.play.asked.count("POST release") == 1
    assert market.regions(deal)[0] == "completed"


@pytest.mark.parametrize("defended", [True, False], ids=["with compare and swap", "without"])
def test_both_have_read_the_same_version(
    market: Market, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """Even where a lock was forgotten, one decision for each version is written; without the swap, both are."""
    deal = market.bought()
    seen, lock = threading.local(), deciding.lock

    def read_before(deal_id: Any) -> Deal:
        stale, seen.stale = getattr(seen, "stale", None), None
        return stale or lock(deal_id)

    def late(act: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            seen.stale = Deal.objects.get(pk=deal.pk)
            gate.wait(30)
            return act()

        return run

    gate = threading.Barrier(2)
    monkeypatch.setattr(deciding, "lock", read_before)
    monkeypatch.setattr(acts, "lock", lock)
    monkeypatch.setattr(deciding, "go", lambda taken: Deal.objects.get(pk=taken.deal.pk))
    monkeypatch.setattr(acts, "go", lambda taken: Deal.objects.get(pk=taken.deal.pk))
    if not defended:
        monkeypatch.setattr(
            deciding, "_swap", lambda id, _, fresh: Deal.objects.filter(pk=id).update(**fresh)
        )
        # The history has one step for each version, and would notice.
        monkeypatch.setattr(deciding.Step.objects, "bulk_create", lambda _: None)
    found = at_once(
        late(lambda: acts.confirm_receipt(witness(market.buyer), deal)),
        late(lambda: acts.open_dispute(witness(market.buyer), deal, "x", shown())),
    )
    refused = [one for one in found if one.startswith(("dispute_", "confirm_"))]
    assert len(refused) == (1 if defended else 0), found
