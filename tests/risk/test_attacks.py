"""Attacks on the rules, each with what happens when its defence is taken away."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from cardtrail.risk.conditions import Above, All, Below
from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.port import Act
from cardtrail.risk.value import DAY_MS, HOUR_MS
from tests.risk.questions import codes, outcome, verdict, without

SECOND_MS = 1_000


class TestWaitingForAMoment:
    """Attack 10: at 23:59:59, at 24:00:01 and at 72:00:00 after activation."""

    @pytest.mark.parametrize("at_ms", [24 * HOUR_MS, 48 * HOUR_MS, 72 * HOUR_MS])
    def test_a_second_gains_next_to_nothing(self, at_ms):
        before, after = self.most(at_ms - SECOND_MS), self.most(at_ms + SECOND_MS)
        assert 0 <= after - before <= 2 * 3

    def test_the_limit_grows_evenly_all_the_way(self):
        limits = [self.most(hour * HOUR_MS) for hour in range(0, 100, 6)]
        steps = {after - before for before, after in pairwise(limits)}
        assert max(steps) - min(steps) <= 1

    def test_early_large_transfers_wait_and_small_ones_pass(self):
        assert outcome(card_age_ms=0, value_minor=20_000) == "allow"
        assert outcome(card_age_ms=0, value_minor=20_001) == "step_up"
        assert outcome(card_age_ms=0, value_minor=60_001) == "hold"
        assert outcome(card_age_ms=DAY_MS, value_minor=100_000) == "allow"

    def test_without_the_rules_age_makes_no_difference(self):
        rules = without("young_card", "very_young_card")
        assert verdict(rules=rules, card_age_ms=0, value_minor=500_000, open_value_minor=1).allowed

    def test_with_a_step_in_place_of_the_ramp_two_seconds_gain_everything(self):
        young = next(rule for rule in FIRST_RULES.rules if rule.code == "very_young_card")
        step = All(
            of=(Below(measure="card_age_ms", limit=DAY_MS), Above(measure="value_minor", limit=60_000))
        )
        rules = replace(FIRST_RULES, rules=(replace(young, when=step),))
        assert self.most(DAY_MS - SECOND_MS, rules) == 60_000
        assert self.most(DAY_MS + SECOND_MS, rules) == 10**9

    def most(self, age_ms, rules=FIRST_RULES):
        """The most that passes without staff, found by halving."""
        low, high = 0, 10**9
        while low < high:
            middle = (low + high + 1) // 2
            found = verdict(rules=rules, card_age_ms=age_ms, value_minor=middle, open_value_minor=1)
            if found.outcome == "hold":
                high = middle - 1
            else:
                low = middle
        return low


class TestManyCards:
    """Attacks 11 and 12: more than three cards in three days, on one account or on many linked ones."""

    def test_three_pass_and_the_fourth_does_not(self):
        assert outcome(cards_moved=3) == "allow"
        assert outcome(cards_moved=4) == "step_up"
        assert outcome(cards_moved=4, clean_value_minor=0, open_value_minor=1) == "hold"

    def test_a_record_helps_only_so_far(self):
        assert outcome(cards_moved=12, proof_age_ms=0) == "allow"
        assert outcome(cards_moved=13, proof_age_ms=0) == "hold"

    def test_fifty_linked_accounts_have_three_cards_together(self):
        assert outcome(group_size=50, group_cards=3) == "allow"
        assert outcome(group_size=50, group_cards=4, cards_moved=1) == "hold"

    def test_and_would_have_three_each_without_the_rule(self):
        assert verdict(rules=without("linked_cards"), group_size=50, group_cards=150, cards_moved=3).allowed

    def test_a_record_is_worth_what_was_traded_and_not_what_it_was_traded_with(self):
        assert "many_cards_no_record" in codes(cards_moved=4, clean_value_minor=199_999)
        assert "many_cards_no_record" not in codes(cards_moved=4, clean_value_minor=200_000)


class TestSharedAddress:
    """Attack 13."""

    @pytest.mark.parametrize("act", list(Act))
    def test_one_thing_shared_never_blocks(self, act):
        assert outcome(act, penalised_kinds=1) == "step_up"
        assert outcome(act, penalised_kinds=1, proof_age_ms=0) == "allow"
        assert outcome(act, counterparty_kinds=1) == "allow"
        assert outcome(act, group_size=1, group_cards=1) == "allow"


class TestTakeover:
    """Attack 15: somebody signs in with a stolen password on a device of their own, and sells at once."""

    STOLEN = {"device_age_ms": 60_000, "address_age_ms": 60_000}  # noqa: RUF012

    @pytest.mark.parametrize("act", [Act.LIST, Act.GIVE, Act.RETURN])
    def test_it_waits_whatever_they_prove(self, act):
        assert outcome(act, **self.STOLEN) == "hold"
        assert outcome(act, **self.STOLEN, proof_age_ms=0) == "hold"

    def test_a_new_telephone_at_home_asks_for_a_proof(self):
        assert outcome(device_age_ms=60_000) == "step_up"
        assert outcome(device_age_ms=60_000, proof_age_ms=0) == "allow"

    def test_the_usual_device_on_a_journey_passes(self):
        assert outcome(address_age_ms=0) == "allow"

    def test_a_way_to_prove_that_was_added_just_now_proves_nothing(self):
        assert outcome(factor_age_ms=60_000, proof_age_ms=0) == "hold"
        assert outcome(factor_age_ms=60_000, account_age_ms=DAY_MS) == "allow"

    def test_waiting_helps_evenly(self):
        found = verdict(**self.STOLEN)
        assert found.clears_ms is not None

    def test_without_the_rules_the_card_is_gone(self):
        rules = without("new_device", "new_device_and_address")
        assert verdict(rules=rules, **self.STOLEN).allowed


class TestSelfTrade:
    """Attack 16."""

    def test_linked_sides_do_not_trade(self):
        assert outcome(Act.BUY, counterparty_kinds=2) == "block"
        assert outcome(Act.DELIVER, counterparty_kinds=2) == "block"

    def test_and_would_without_the_rule(self):
        assert verdict(Act.BUY, rules=without("linked_sides"), counterparty_kinds=5).allowed


class TestNewIdentity:
    """Attack 17: after a penalty somebody comes back with another account."""

    def test_the_penalty_follows_the_person(self):
        assert all(outcome(act, penalised_person=True) == "block" for act in Act)

    def test_and_device_and_payer_together(self):
        assert all(outcome(act, penalised_kinds=2) == "block" for act in Act)

    def test_newcomers_have_small_limits(self):
        assert outcome(clean_value_minor=0, open_value_minor=100_000) == "allow"
        assert outcome(clean_value_minor=0, open_value_minor=100_001) == "hold"

    def test_without_the_rules_nobody_would_know_them(self):
        rules = without("under_penalty", "linked_to_penalty", "near_penalty", "newcomer")
        assert verdict(rules=rules, penalised_person=True, penalised_kinds=4, clean_value_minor=0).allowed


class TestTinyTradesThenATheft:
    """Attack 18: twenty honest trades of ¥10, then a card of ¥5,000."""

    def test_twenty_tiny_trades_are_worth_two_hundred_yuan(self):
        theft = {"value_minor": 500_000, "open_value_minor": 500_000}
        assert outcome(Act.BUY, clean_value_minor=20 * 1_000, **theft) == "hold"
        assert outcome(Act.BUY, clean_value_minor=20 * 40_000, **theft) == "allow"

    def test_the_limit_is_exact(self):
        assert outcome(Act.BUY, clean_value_minor=20_000, open_value_minor=110_000) == "allow"
        assert outcome(Act.BUY, clean_value_minor=20_000, open_value_minor=110_001) == "hold"

    def test_many_at_once_are_one_sum(self):
        """Not ten deals of ¥1,000 side by side."""
        assert outcome(Act.BUY, value_minor=1_000, clean_value_minor=0, open_value_minor=100_001) == "hold"

    def test_without_the_rule_it_succeeds(self):
        rules = without("newcomer")
        assert verdict(Act.BUY, rules=rules, clean_value_minor=20_000, open_value_minor=500_000).allowed


def test_somebody_elses_money_is_held():
    assert outcome(Act.DELIVER, payer_is_person=False) == "hold"
    assert outcome(Act.DELIVER, payer_is_person=None) == "allow"
