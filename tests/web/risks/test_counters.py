"""Different cards in 72 hours: counted in the same transaction, over linked accounts, from the ledger as well."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection, transaction

from cardtrail.risk.links import Kind
from cardtrail.risk.port import Act, Outcome
from cardtrail.risk.windows import CARDS_MS
from cardtrail.web.actions.orders import Order
from cardtrail.web.risks import counters, gather
from cardtrail.web.risks.ask import ask
from cardtrail.web.risks.counters import count, moved
from cardtrail.web.risks.models import Moved
from cardtrail.web.risks.traces import Traces
from cardtrail.web.ui.clock import now_ms
from tests.web.people import claim, do
from tests.web.risks.scene import asked, codes, inquiry, settle, share

NOW = 1_790_000_000_000


class TestWindow:
    """Attack 11, in the database as in the pure window."""

    def test_a_fourth_card_exactly_at_72_hours(self, people):
        person = people.make()
        for serial in range(3):
            count(person.pk, serial, NOW + serial)
        assert moved({person.pk}, NOW + CARDS_MS) == {person.pk: {0, 1, 2}}
        assert moved({person.pk}, NOW + CARDS_MS + 1) == {person.pk: {1, 2}}

    def test_the_same_card_four_times_is_one(self, people):
        person = people.make()
        for hour in range(4):
            count(person.pk, 7, NOW + hour)
        assert moved({person.pk}, NOW + 5) == {person.pk: {7}}

    def test_heard_late_or_twice_it_keeps_its_latest_time(self, people):
        person = people.make()
        for at_ms in (NOW, NOW - 5, NOW + 5, NOW):
            count(person.pk, 7, at_ms)
        assert Moved.objects.get().at_ms == NOW + 5


def test_three_cards_pass_and_the_fourth_asks_for_a_proof(people, cards):
    person = people.make()
    here = settle(person)
    stale = type(here)(here.device_id, here.address, None)
    found = [asked(person, stale, serial) for serial in cards(4)]
    assert [one.verdict.outcome for one in found] == [Outcome.ALLOW] * 3 + [Outcome.STEP_UP]
    assert codes(found[3]) == {"many_cards"}
    assert asked(person, here, 3).verdict.allowed


def test_what_was_not_allowed_does_not_count(people, cards):
    """Or else somebody who is asked for a proof would find their first three cards stopped on the way, too."""
    person = people.make()
    here = settle(person)
    for serial in cards(6):
        asked(person, type(here)(here.device_id, here.address, None), serial)
    assert Moved.objects.count() == 3


def test_buying_moves_no_card_of_ones_own(people, cards):
    person = people.make()
    for serial in cards(5):
        assert asked(person, settle(person), serial, Act.BUY, counterparty=people.make()).verdict.allowed
    assert not Moved.objects.exists()


class TestLinkedAccounts:
    """Attack 12: three cards in three days on each of many linked accounts."""

    def test_they_have_three_cards_together(self, people, cards):
        group = [people.make() for _ in range(5)]
        share(Kind.PAYER, *group)
        outcomes = self.each_sells_one(group, cards(5), browser="one and the same")
        assert outcomes == [Outcome.ALLOW] * 3 + [Outcome.HOLD] * 2

    def test_links_reach_from_one_to_the_next(self, people, cards):
        """No two neighbours share the same two things as the next pair does."""
        group = [people.make() for _ in range(5)]
        for place, (one, other) in enumerate(pairwise(group)):
            share(Kind.PAYER, one, other, value=f"payer {place}")
            share(Kind.DEVICE, one, other, value=f"device {place}")
        assert self.each_sells_one(group, cards(5))[3:] == [Outcome.HOLD] * 2

    def test_one_thing_shared_links_nobody(self, people, cards):
        """Attack 13: a dormitory behind one address. Everybody has their own three cards."""
        dormitory = [people.make() for _ in range(6)]
        assert self.each_sells_one(dormitory, cards(6)) == [Outcome.ALLOW] * 6

    def test_without_looking_at_links_all_would_pass(self, people, cards, monkeypatch):
        monkeypatch.setattr(gather, "group_of", lambda person, seen: frozenset((person.pk,)))
        group = [people.make() for _ in range(5)]
        share(Kind.PAYER, *group)
        assert self.each_sells_one(group, cards(5), browser="one and the same") == [Outcome.ALLOW] * 5

    def each_sells_one(self, people, serials, browser=""):
        return [
            asked(person, settle(person, browser=browser), serial).verdict.outcome
            for person, serial in zip(people, serials, strict=True)
        ]


def test_what_the_ledger_says_counts_too(ledger, people):
    """A gift that nobody asked risk about."""
    giver, taker = people.make(), people.make()
    (serial,) = ledger.issue(1)
    claim(giver, ledger, [serial])
    assert not Moved.objects.filter(person=giver).exists()
    (holding,) = do(giver, Order("hold", serial, {"until_ms": now_ms() + 86_400_000}))
    from cardtrail.web.actions.public import gift_secret

    do(taker, Order("accept", serial, secret=gift_secret(holding.action)))
    assert Moved.objects.get(person=giver).serial == serial
    assert not Moved.objects.filter(person=taker).exists()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
class TestRace:
    """Two transfers at once: the second one counts what the first one did."""

    def test_only_one_of_two_is_the_third_card(self, people, cards, monkeypatch):
        assert sorted(self.race(people, cards, monkeypatch)) == ["allow", "step_up"]

    def test_without_the_gate_both_would_be(self, people, cards, monkeypatch):
        """On a database that lets two transactions write at once."""
        if connection.vendor == "sqlite":
            pytest.skip("SQLite has one writer at a time, which is a gate of its own")
        monkeypatch.setattr(counters, "lock", lambda people: None)
        assert sorted(self.race(people, cards, monkeypatch)) == ["allow", "allow"]

    def race(self, people, cards, monkeypatch):
        person = people.make()
        here = settle(person)
        stale = type(here)(here.device_id, here.address, None)
        first, second, *both = cards(4)
        for serial in (first, second):
            count(person.pk, serial, now_ms())
        # Writing traces makes one wait for the other, too; nothing but the gate is to do that here.
        monkeypatch.setattr(gather, "_noted", lambda inquiry, *rest: Traces(inquiry.person))
        together = Barrier(2, timeout=20)

        def sell(serial):
            try:
                together.wait()
                with transaction.atomic():
                    found = ask(inquiry(person, serial), stale)
                    self.meet(together)
                return str(found.verdict.outcome)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(sell, both))

    def meet(self, together):
        """Both have decided before either commits, if nothing keeps them apart."""
        try:
            together.wait(2)
        except BrokenBarrierError:
            return
