"""Killed between any two statements, and before or after any word to the ledger or the provider: a new process goes on,
and the end is the same, with nothing done twice."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.models import Movement
from cardtrail.web.notices.models import Notice
from cardtrail.web.orders import acts, effects
from cardtrail.web.orders.models import Deal, Ending, Errand, Incoming, Matter
from cardtrail.web.orders.refusals import NotPossible
from tests.web.orders.market import Market
from tests.web.orders.test_paying import standing
from tests.web.people import witness

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


POINTS = int(os.environ.get("CARDTRAIL_KILL_POINTS", "12"))
"""At how many places of each sort somebody is killed; 0: at every one."""


def points(count: int) -> list[int]:
    """The places: spread evenly, from another beginning each time; the very first and the last always."""
    if not POINTS or count <= POINTS:
        return list(range(1, count + 1))
    step = count / POINTS
    first = random.random() * step
    return sorted({1, count, *(1 + int(first + place * step) % count for place in range(POINTS))})


class Killed(BaseException):
    """As good as `kill -9`: nobody of ours catches it."""


class Killer:
    """Kills at the n-th of the things it watches, before or after it is done; only once."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.seen, self.at, self.after, self.resting = 0, at, after, False

    def __call__(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.resting:
            return act(*args, **kwargs)
        self.seen += 1
        if self.seen == self.at and not self.after:
            raise Killed
        done = act(*args, **kwargs)
        if self.seen == self.at and self.after:
            raise Killed
        return done


@contextmanager
def statements(_market: Market, killer: Killer) -> Iterator[None]:
    """Every statement of ours."""
    with connection.execute_wrapper(killer):
        yield


@contextmanager
def words(market: Market, killer: Killer) -> Iterator[None]:
    """Every word to the provider and to the ledger's node."""
    send, request = market.play.send, market.ledger.wire.request
    market.play.send = lambda *args: killer(send, *args)  # type: ignore[method-assign]
    market.ledger.wire.request = lambda *args, **kwargs: killer(request, *args, **kwargs)  # type: ignore[method-assign]
    try:
        yield
    finally:
        del market.play.send, market.ledger.wire.request


def live(market: Market, watch: Callable[[Market, Killer], Any], killer: Killer) -> Deal:
    """One sale from its order to its end; whoever was killed is started again and goes on."""
    market.serial, market.listing = market.list_card()
    serial = market.serial
    with watch(market, killer):
        _until(market, killer, market.order, lambda: Deal.objects.filter(serial=serial).exists())
    deal = Deal.objects.get(serial=serial)
    market.play.pay(deal)
    with watch(market, killer):
        for id, body in market.play.news():
            if deal.number.encode() in body and id not in market.play._sent:
                _until(
                    market,
                    killer,
                    lambda body=body: market.play.post(body),
                    lambda id=id: Incoming.objects.filter(event_id=id).exists(),
                )
                market.play._sent.add(id)
        _until(
            market,
            killer,
            lambda: acts.confirm_receipt(witness(market.buyer), deal),
            lambda: deal.steps.filter(kind="confirm").exists(),
        )
    return Deal.objects.get(pk=deal.pk)


def _until(market: Market, killer: Killer, act: Callable[[], Any], done: Callable[[], bool]) -> None:
    """Until it is done, as somebody who tries again when the page did not answer; the worker works meanwhile."""
    for _ in range(4):
        try:
            act()
        except Killed:
            pass
        except NotPossible:
            pass
        try:
            market.work()
        except Killed:
            market.work()
        killer.resting = True
        if done():
            killer.resting = False
            return
        killer.resting = False
    raise AssertionError("it is never done")


def right(market: Market, deal: Deal) -> None:
    """Everything happened, and once."""
    order = deal.order
    assert (deal.stage, deal.card, deal.funds) == ("completed", "buyers", "released")
    money = standing(market, deal)
    assert (money.paid_minor, money.released_minor, money.refunded_minor) == (45_000, 45_000, 0)
    assert market.card.holder == market.buyer
    assert Movement.objects.filter(serial=deal.serial, kind="release").count() == 1
    assert [step.version for step in deal.steps.order_by("version")] == list(range(1, order.version + 1))
    for person, kind in ((market.buyer, "orders.delivered"), (market.seller, "orders.paid_out")):
        assert Notice.objects.filter(person=person, kind=kind, serial=deal.serial).count() == 1, kind
    assert Ending.objects.filter(deal=deal).count() == 1
    assert not Errand.objects.filter(deal=deal, state__in=Errand.OPEN).exists()
    assert not Action.objects.filter(serial=deal.serial, state__in=("confirmed", "signed")).exists()
    assert not Matter.objects.filter(deal=deal).exists()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("watch", [statements, words])
def test_killed_anywhere_it_ends_the_same(market: Market, watch: Any, after: bool) -> None:
    live(market, watch, Killer(0, after=after))  # What is done once for all is done now.
    whole = Killer(0, after=after)
    right(market, live(market, watch, whole))
    assert whole.seen >= 7  # And a page of entries more wherever the node has sealed in between.
    for at in points(whole.seen):
        killer = Killer(at, after=after)
        deal = live(market, watch, killer)
        # One life is a few statements shorter than another; but for the very end, somebody was killed.
        assert killer.seen >= at or at > whole.seen - 16
        right(market, deal)
    assert market.play.provider.differences() == []


def test_without_the_outbox_a_kill_loses_the_payout(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """The errand is only in memory: whoever dies after the decision takes it along."""
    deal = market.bought()
    monkeypatch.setattr(effects.ToDo, "write", lambda *_: None)

    def dies(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(effects, "go", dies)
    with pytest.raises(Killed):
        acts.confirm_receipt(witness(market.buyer), deal)
    monkeypatch.undo()
    market.work()
    with pytest.raises(AssertionError):
        right(market, market.now(deal))
