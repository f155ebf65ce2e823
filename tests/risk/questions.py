"""Questions for the tests of risk: somebody of whom nothing speaks against anything, and what is changed about them."""

from __future__ import annotations

from typing import Any

from cardtrail.risk.decide import decide
from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.port import Act, Question, Verdict
from cardtrail.risk.rules import RuleSet
from cardtrail.risk.signals import Signals
from cardtrail.risk.value import DAY_MS

NOW = 1_790_000_000_000
YEAR_MS = 365 * DAY_MS

HONEST = {
    "currency": "CNY",
    "value_minor": 100_000,
    "card_age_ms": YEAR_MS,
    "account_age_ms": YEAR_MS,
    "device_age_ms": YEAR_MS,
    "address_age_ms": YEAR_MS,
    "factor_age_ms": YEAR_MS,
    "proof_age_ms": None,
    "cards_moved": 1,
    "group_cards": 1,
    "group_size": 1,
    "counterparty_kinds": 0,
    "penalised_kinds": 0,
    "penalised_person": False,
    "payer_is_person": True,
    "clean_value_minor": 500_000,
    "open_value_minor": 100_000,
}


def question(act: Act = Act.LIST, **changed: Any) -> Question:
    signals = Signals(**(HONEST | changed))
    return Question(person="p", act=act, serial=7, at_ms=NOW, signals=signals)


def verdict(act: Act = Act.LIST, *, rules: RuleSet = FIRST_RULES, **changed: Any) -> Verdict:
    return decide(rules, question(act, **changed))


def outcome(act: Act = Act.LIST, **changed: Any) -> str:
    return verdict(act, **changed).outcome


def codes(act: Act = Act.LIST, **changed: Any) -> set[str]:
    return {reason.code for reason in verdict(act, **changed).reasons}


def without(*named: str) -> RuleSet:
    """The first rules, with some of them taken away."""
    from msgspec.structs import replace

    kept = tuple(rule for rule in FIRST_RULES.rules if rule.code not in named)
    assert len(kept) == len(FIRST_RULES.rules) - len(named)
    return replace(FIRST_RULES, rules=kept)
