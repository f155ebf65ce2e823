"""The decision: the gravest counts, what is not known is never taken for good, and everything used is kept."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.port import Act, Outcome, Verdict
from cardtrail.risk.value import DAY_MS, MINUTE_MS
from tests.risk.questions import HONEST, NOW, YEAR_MS, outcome, question, verdict

NUMBERS = sorted(
    name for name, value in HONEST.items() if isinstance(value, int) and not isinstance(value, bool)
)


@pytest.mark.parametrize("act", list(Act))
def test_nothing_speaks_against_honest_people(act):
    found = verdict(act)
    assert (found.outcome, found.reasons, found.rules, found.allowed) == ("allow", (), 1, True)


def test_the_gravest_reason_decides_and_comes_first():
    found = verdict(cards_moved=4, device_age_ms=0, penalised_person=True)
    assert found.outcome is Outcome.BLOCK
    gravity = [reason.outcome.gravity for reason in found.reasons]
    assert gravity == sorted(gravity, reverse=True)
    assert found.reasons[0].code == "under_penalty"


def test_a_fresh_proof_answers_a_step_up_and_nothing_graver():
    assert outcome(device_age_ms=0) == "step_up"
    fresh = verdict(device_age_ms=0, proof_age_ms=10 * MINUTE_MS)
    assert fresh.allowed
    assert [reason.code for reason in fresh.reasons] == ["new_device"]
    assert outcome(device_age_ms=0, proof_age_ms=10 * MINUTE_MS + 1) == "step_up"
    assert outcome(card_age_ms=0, proof_age_ms=0) == "hold"


@pytest.mark.parametrize("name", sorted(set(HONEST) - {"currency", "proof_age_ms", "account_age_ms"}))
def test_what_is_not_known_is_not_taken_for_good(name):
    """Each signal that a rule reads: without it, something that was allowed is so no longer, somewhere."""
    others = {
        "address_age_ms": {"device_age_ms": 0, "proof_age_ms": 0},
        "group_size": {"group_cards": 4},
        "group_cards": {"group_size": 2},
    }.get(name, {})
    assert verdict(**others).allowed
    worst = [verdict(act, **others | {name: None}) for act in Act]
    if name == "payer_is_person":  # Some providers never tell.
        assert all(found.allowed for found in worst)
        return
    found = next(found for found in worst if not found.allowed)
    assert found.outcome is not Outcome.BLOCK
    assert any(reason.unknown for reason in found.reasons)
    assert "目前不全" in found.reasons[0].words.zh


def test_amounts_in_another_currency_are_not_known():
    found = verdict(currency="USD")
    assert found.outcome is Outcome.HOLD
    assert all(reason.unknown for reason in found.reasons)


def test_what_weighs_less_than_the_answer_asks_nobody_for_anything():
    """Who is to wait for a person is not also told to prove themselves; what was asked for alone, is."""
    both = {
        "cards_moved": 13,
        "group_cards": 13,
        "proof_age_ms": None,
        "device_age_ms": 0,
        "address_age_ms": 0,
    }
    found = verdict(**both)
    outcomes = {reason.outcome for reason in found.reasons}
    assert len(outcomes) > 1
    assert {reason.outcome for reason in found.decisive} == {found.outcome} != outcomes
    plain = verdict()
    assert plain.decisive == plain.reasons


def test_every_value_and_limit_is_kept():
    found = verdict(device_age_ms=1_080)
    assert found.values["device_age_ms"] == 1_080
    assert found.values["new_device.value_minor.device_age_ms"] == 20_001
    assert found.values["payer_is_person"] == 1
    assert "proof_age_ms" not in found.values
    assert msgspec.json.decode(msgspec.json.encode(found), type=Verdict) == found


def test_reasons_speak_both_languages_with_their_places_filled():
    changed = {
        "cards_moved": 13, "group_cards": 13, "group_size": 2, "clean_value_minor": 0, "card_age_ms": 0,
        "device_age_ms": 0, "address_age_ms": 0, "factor_age_ms": 0, "open_value_minor": 100_001,
        "penalised_kinds": 2, "penalised_person": True, "counterparty_kinds": 2, "payer_is_person": False,
    }  # fmt: skip
    reasons = {reason.code: reason for act in Act for reason in verdict(act, **changed).reasons}
    assert set(reasons) == {rule.code for rule in FIRST_RULES.rules}
    for reason in reasons.values():
        for text in (reason.words.zh, reason.words.en):
            assert text
            assert "{" not in text
            assert "—" not in text
    assert "¥600.00" in reasons["very_young_card"].words.zh


class TestWhenItClears:
    """`clears_ms` is the exact moment, to the millisecond."""

    @given(st.integers(60_001, 500_000), st.integers(0, 2 * DAY_MS), st.integers(0, 2 * DAY_MS))
    @settings(max_examples=80)
    def test_ages(self, value, card, device):
        found = self.ask(value, card, device, 0)
        if found.outcome is not Outcome.HOLD:
            return
        wait = found.clears_ms - NOW
        assert self.ask(value, card, device, wait).outcome is not Outcome.HOLD
        assert self.ask(value, card, device, wait - 1).outcome is Outcome.HOLD

    def test_time_does_not_help_against_other_things(self):
        assert verdict(card_age_ms=0, penalised_person=True).clears_ms is None
        assert verdict().clears_ms is None

    def ask(self, value, card, device, wait):
        return verdict(
            value_minor=value,
            open_value_minor=1,
            card_age_ms=card + wait,
            device_age_ms=device + wait,
            address_age_ms=device + wait,
        )


@given(st.data())
@settings(max_examples=60)
def test_more_of_what_speaks_for_somebody_never_makes_it_worse(data):
    """Ages and clean value only help, the rest only harms: so no rule rewards the wrong thing."""
    act = data.draw(st.sampled_from(list(Act)))
    helping = {"card_age_ms", "device_age_ms", "address_age_ms", "factor_age_ms", "clean_value_minor"}
    values = {
        name: data.draw(st.integers(0, 3 * YEAR_MS if name.endswith("_ms") else 400_000)) for name in NUMBERS
    }
    name = data.draw(st.sampled_from([name for name in NUMBERS if name != "account_age_ms"]))
    more = values[name] + data.draw(st.integers(1, YEAR_MS))
    now, then = (verdict(act, **given).outcome.gravity for given in (values, values | {name: more}))
    assert then <= now if name in helping else then >= now


def test_a_set_without_rules_allows():
    """What the tests of attacks take away: with no rule there is no defence."""
    assert verdict(rules=replace(FIRST_RULES, rules=()), penalised_person=True).allowed


def test_questions_are_data():
    asked = question()
    assert msgspec.json.decode(msgspec.json.encode(asked), type=type(asked)) == asked
