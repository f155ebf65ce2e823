"""Asking: what is gathered, what is kept, and what happens when risk itself fails."""

from __future__ import annotations

import msgspec
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.port import Act, Outcome, Question
from cardtrail.web.accounts.models import Person
from cardtrail.web.notices.models import Notice
from cardtrail.web.risks import ask as module
from cardtrail.web.risks import counters
from cardtrail.web.risks.ask import ask, foresee, keep_anyway
from cardtrail.web.risks.models import Decision, Moved, Rules, Seen
from cardtrail.web.risks.presence import Presence
from cardtrail.web.risks.standing import set_rules, standing_rules
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from tests.web.people import agree, secured
from tests.web.risks.scene import HOME, YEAR_MS, asked, codes, inquiry, settle


@pytest.fixture
def person(people) -> Person:
    made = secured(people.make())
    long_ago(made)
    return made


def long_ago(person: Person) -> None:
    """The account, and its authenticator app, are a year old."""
    from datetime import timedelta

    from allauth.mfa.models import Authenticator
    from django.utils import timezone

    then = timezone.now() - timedelta(days=365)
    Person.objects.filter(pk=person.pk).update(joined=then)
    Authenticator.objects.filter(user_id=person.pk).update(created_at=then)
    person.refresh_from_db()


def test_a_usual_sale_is_allowed_and_kept_with_all_its_values(person, cards):
    (serial,) = cards(1)
    found = asked(person, settle(person), serial)
    assert found.verdict.outcome is Outcome.ALLOW, found.verdict.reasons
    kept = Decision.objects.get()
    assert (kept.pk, kept.act, kept.serial, kept.about) == (found.decision.pk, "list", serial, "listing/1")
    assert kept.answer == found.verdict
    question = msgspec.json.decode(kept.question, type=Question)
    signals = question.signals
    assert signals.value_minor == 50_000
    assert (
        min(signals.card_age_ms, signals.device_age_ms, signals.address_age_ms, signals.factor_age_ms)
        >= YEAR_MS
    )
    assert (signals.cards_moved, signals.group_cards, signals.group_size) == (1, 1, 1)
    assert (signals.penalised_kinds, signals.penalised_person) == (0, False)
    assert kept.rules == FIRST_RULES.version


def test_no_address_is_kept_in_the_open(person, cards):
    asked(person, settle(person), *cards(1))
    everything = str(list(Seen.objects.values())) + str(list(Decision.objects.values()))
    assert HOME not in everything


def test_a_card_counts_by_its_balance_whatever_the_price(person, cards):
    (serial,) = cards(1, balance_minor=90_000)
    found = asked(person, settle(person), serial, value_minor=10)
    assert found.verdict.values["value_minor"] == 90_000


def test_a_card_that_was_activated_just_now_waits(person, cards):
    """Attack 10, through the whole way; and the companion: the same card, a year old, passes."""
    young, old = cards(1, balance_minor=100_000, age_ms=0), cards(1, balance_minor=100_000)
    here = settle(person)
    found = asked(person, here, young[0])
    assert found.verdict.outcome is Outcome.HOLD
    assert codes(found) >= {"very_young_card"}
    assert asked(person, here, old[0]).verdict.allowed


class TestTakeover:
    """Attack 15: a stolen password, a new device, a new place, and a card to sell at once."""

    @pytest.fixture
    def stranger(self, person):
        settle(person)
        elsewhere = settle(person, at="198.51.100.9")
        Seen.objects.filter(token=self.network("198.51.100.9")).delete()
        from cardtrail.web.accounts.models import Device

        Device.objects.filter(id=elsewhere.device_id).update(first_seen_ms=now_ms())
        return elsewhere

    def network(self, address):
        from cardtrail.web.risks import traces

        return traces.token(traces.NETWORK, traces.neighbourhood(address))

    def test_it_is_held_and_the_holder_hears_of_it(self, person, stranger, cards):
        (serial,) = cards(1, balance_minor=100_000)
        found = asked(person, stranger, serial)
        assert found.verdict.outcome is Outcome.HOLD
        assert "new_device_and_address" in codes(found)
        notice = Notice.objects.get(person=person)
        assert notice.kind == "security.stopped"
        assert "新设备" in notice.zh

    def test_on_the_usual_device_the_same_is_allowed_and_nobody_is_told(self, person, cards):
        (serial,) = cards(1, balance_minor=100_000)
        assert asked(person, settle(person), serial).verdict.allowed
        assert not Notice.objects.filter(person=person).exists()

    def test_asking_again_and_again_makes_no_network_older(self, person, stranger, cards):
        (serial,) = cards(1, balance_minor=100_000)
        ages = [asked(person, stranger, serial).verdict.values["address_age_ms"] for _ in range(3)]
        assert max(ages) < HOUR_MS


def test_networks_of_earlier_confirmations_are_remembered(person, cards):
    from cardtrail.web.actions.models import Confirmation
    from cardtrail.web.actions.orders import Order

    agree(person, Order("hold", 0, {"until_ms": 1}))
    Confirmation.objects.update(at_ms=now_ms() - 30 * DAY_MS)
    found = asked(person, Presence(None, "192.0.2.200", None), *cards(1))
    assert found.verdict.values["address_age_ms"] >= 30 * DAY_MS


def test_somebody_elses_device_is_none_of_theirs(person, people, cards):
    other = settle(people.make())
    found = asked(person, other, *cards(1))
    assert "device_age_ms" not in found.verdict.values


class TestFailure:
    """A failure of risk itself never means allow, and leaves the caller's transaction whole."""

    @pytest.mark.parametrize(("value", "outcome"), [(50_000, Outcome.HOLD), (50_001, Outcome.BLOCK)])
    @pytest.mark.parametrize("error", [RuntimeError("no"), DatabaseError("no"), KeyError("no")])
    def test_small_waits_and_large_is_refused(
        self, person, cards, monkeypatch, caplog, value, outcome, error
    ):
        def fail(*args):
            raise error

        monkeypatch.setattr(module, "gather", fail)
        found = asked(person, settle(person), *cards(1), value_minor=value)
        assert found.verdict.outcome is outcome
        assert (found.decision.rules, found.decision.question) == (0, "")
        assert not found.decision.positive
        assert "risk failed" in caplog.text

    def test_rules_that_cannot_be_read_allow_nothing(self, person, cards):
        Rules.objects.create(version=2, raw="{", from_ms=0, author=person)
        assert asked(person, settle(person), *cards(1)).verdict.outcome is Outcome.HOLD

    def test_what_was_counted_before_the_failure_is_undone(self, person, cards, monkeypatch):
        def count_and_fail(*args):
            real(*args)
            raise RuntimeError("after counting")

        real = counters.count
        monkeypatch.setattr(counters, "count", count_and_fail)
        assert not asked(person, settle(person), *cards(1)).verdict.allowed
        assert not Moved.objects.exists()


def test_a_decision_is_kept_though_what_it_stopped_is_undone(person, cards):
    """The fourth of four cards at once: nothing is offered, nothing counts, and the decision still says four."""
    here = Presence(settle(person).device_id, HOME, None)
    try:
        with transaction.atomic():
            *_, last = [ask(inquiry(person, serial), here) for serial in cards(4)]
            raise InterruptedError
    except InterruptedError:
        keep_anyway(last)
        keep_anyway(last)
    kept = Decision.objects.get()
    assert (kept.outcome, kept.answer.values["cards_moved"]) == ("step_up", 4)
    assert not Moved.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_a_mistake(people):
    person = people.make()
    with pytest.raises(RuntimeError, match="inside the transaction"):
        ask(inquiry(person, act=Act.GIVE), Presence(None, "", None))


class TestRules:
    def test_the_next_version_applies_at_once_and_is_named_in_decisions(self, person, cards):
        from msgspec.structs import replace

        none = replace(FIRST_RULES, version=2, rules=())
        set_rules(none.to_json().decode(), person)
        assert standing_rules() == none
        assert asked(person, Presence(None, "", None), *cards(1)).decision.rules == 2

    @pytest.mark.parametrize("version", [1, 3])
    def test_versions_follow_each_other(self, person, version):
        from msgspec.structs import replace

        with pytest.raises(ValueError, match="the next version is 2"):
            set_rules(replace(FIRST_RULES, version=version).to_json().decode(), person)


class TestForesight:
    """What a page says beforehand is what risk says then; nothing is written or locked for it."""

    def test_it_is_the_same_answer(self, person, cards):
        here, (serial,) = settle(person), cards(1)
        question = inquiry(person, serial)
        foreseen = foresee(question, here)
        found = asked(person, here, serial)
        assert foreseen.outcome is found.verdict.outcome
        assert [reason.code for reason in foreseen.reasons] == [
            reason.code for reason in found.verdict.reasons
        ]

    def test_nothing_is_written(self, person, cards):
        """Neither is anybody kept waiting: a page is looked at by whoever likes."""
        here, (serial,) = settle(person), cards(1)
        elsewhere = Presence(here.device_id, "203.0.113.9", here.proved_ms)
        question = inquiry(person, serial, payer="sandbox:never_seen")
        with CaptureQueriesContext(
            connection,
        ) as sent:
            foresee(question, elsewhere)
        said = [query["sql"] for query in sent.captured_queries]
        assert said
        assert all(sql.startswith("SELECT") and "FOR UPDATE" not in sql for sql in said), said
        with CaptureQueriesContext(connection) as sent:
            asked(person, elsewhere, serial, payer="sandbox:never_seen")
        assert any(query["sql"].startswith("INSERT") for query in sent.captured_queries)
