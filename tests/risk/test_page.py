"""Conditions as people read them."""

from __future__ import annotations

import pytest

from cardtrail.risk.conditions import Above, All, Below, Is, Ramp
from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.page import page, spelled


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Above(measure="cards_moved", limit=3), "cards_moved > 3"),
        (Below(measure="factor_age_ms", limit=86_400_000), "factor_age_ms < 1 days"),
        (Is(fact="payer_is_person", so=False), "not payer_is_person"),
        (
            Above(measure="value_minor", limit=Ramp(base=20_000, of="card_age_ms", gain=1, per=1_080)),
            "value_minor > ¥200.00 + ¥0.01 for each 1,080 ms of card_age_ms",
        ),
        (
            All(of=(Above(measure="group_size", limit=1), Is(fact="penalised_person", so=True))),
            "group_size > 1, and penalised_person",
        ),
    ],
)
def test_in_one_line(condition, text):
    assert spelled(condition, "CNY") == text


def test_every_rule_and_its_words_are_on_the_page():
    text = page()
    for rule in FIRST_RULES.rules:
        assert text.count(f"| `{rule.code}` |") == 2
        assert rule.words.zh in text
