"""`kill -9` at any instruction: nothing is lost, nothing is done twice, and everybody is told in the end."""

from __future__ import annotations

import signal
import sqlite3
import threading

import pytest

from cardtrail.payments.port import Paid, ProviderAway, Released
from tests.payments.worlds import Shop, World, eventually, payment_of

ORDERS = 30
KILLS = 4


def keep_trying(call, *arguments, ended):
    """As the outbox does: the same call with the same key, until it is answered."""
    while not ended.is_set():
        try:
            return call(*arguments)
        except ProviderAway:
            ended.wait(0.02)
    raise AssertionError("never answered")


@pytest.mark.slow
def test_killed_again_and_again_under_load(tmp_path):
    with Shop() as shop, World(tmp_path / "home", shop) as world:
        provider, ended = world.provider, threading.Event()
        payments = []

        def trade():
            for _ in range(ORDERS):
                request = world.request()
                way = keep_trying(provider.create, request, ended=ended)
                payment = payment_of(request, way.payment_id)
                keep_trying(pay_once, provider, payment, ended=ended)
                keep_trying(provider.refund, payment, 1_000, f"back_{request.order_id}", ended=ended)
                keep_trying(provider.release, payment, 9_000, f"out_{request.order_id}", ended=ended)
                payments.append(payment)

        trader = threading.Thread(target=trade)
        trader.start()
        for kill in range(KILLS):
            eventually(
                lambda kill=kill: len(payments) > kill * ORDERS // (KILLS + 1) or not trader.is_alive()
            )
            assert world.stop(signal.SIGKILL) == -signal.SIGKILL
            world.start()
        trader.join(60)
        ended.set()
        assert len(payments) == ORDERS
        assert provider.differences() == []
        for payment in payments:
            standing = provider.query(payment)
            assert (standing.paid_minor, standing.refunded_minor, standing.released_minor) == (
                10_000,
                1_000,
                9_000,
            )
        for payment in payments:
            # At least once each; more often where a kill came between the shop's answer and our noting it.
            eventually(lambda payment=payment: len({event.event_id for event in world.events(payment)}) == 3)
            told = {event.event_id: event for event in world.events(payment)}.values()
            assert sorted(type(event).__name__ for event in told) == ["Paid", "Refunded", "Released"]
            assert sum(event.amount_minor for event in told if isinstance(event, Paid | Released)) == 19_000
        assert world.stop() == 0


def pay_once(provider, payment):
    """The page has no key: whoever is unsure looks first, as a payer does."""
    if provider.query(payment).state == "pending":
        provider.pay(payment.order_id, "person_1")


def test_it_ends_in_order_and_keeps_its_address(tmp_path):
    with Shop() as shop, World(tmp_path / "home", shop) as world:
        address, payment = world.url, world.payment()
        assert world.stop() == 0
        with pytest.raises(ProviderAway):
            world.provider.query(payment)
        world.start()
        assert world.url == address
        assert world.provider.query(payment).state == "pending"


def test_money_that_somebody_edited_into_the_file_stops_the_start(tmp_path):
    with Shop() as shop, World(tmp_path / "home", shop) as world:
        world.payment()
        world.stop()
        with sqlite3.connect(world.home / "sandbox.db") as database:
            database.execute("UPDATE payments SET state = 'paid'")
        database.close()
        with pytest.raises(AssertionError):
            world.start()
