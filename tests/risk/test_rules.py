"""Rules as text: what can be read, and what is refused with its place."""

from __future__ import annotations

import json

import msgspec
import pytest

from cardtrail.risk.first_rules import FIRST_RULES
from cardtrail.risk.rules import read_rules


def test_the_first_set_is_read_back_as_it_was():
    assert read_rules(FIRST_RULES.to_json()) == FIRST_RULES


def test_each_rule_names_its_source():
    assert all(rule.source for rule in FIRST_RULES.rules)
    by_code = {rule.code: rule for rule in FIRST_RULES.rules}
    assert "market article 2023" in by_code["many_cards"].source


def changed(**fields):
    text = json.loads(FIRST_RULES.to_json())
    text["rules"] = [text["rules"][0] | fields]
    return json.dumps(text).encode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"when": {"type": "above", "measure": "shoe_size", "limit": 3}}, "shoe_size"),
        ({"when": {"type": "python", "code": "1"}}, "python"),
        ({"when": {"type": "all", "of": []}}, "length >= 1"),
        ({"when": {"type": "above", "measure": "cards_moved", "limit": 3.5}}, r"limit"),
        ({"when": {"type": "above", "measure": "cards_moved", "limit": -1}}, ">= 0"),
        ({"then": "praise"}, "praise"),
        ({"remark": "x"}, "remark"),
        ({"words": {"zh": "{who}", "en": ""}}, "many_cards"),
        ({"words": {"zh": "{", "en": ""}}, "many_cards"),
    ],
)
def test_what_is_wrong_is_said(fields, says):
    with pytest.raises(ValueError, match=says):
        read_rules(changed(**fields))


def test_a_code_stands_once():
    text = json.loads(FIRST_RULES.to_json())
    text["rules"].append(text["rules"][0])
    with pytest.raises(ValueError, match="many_cards stands twice"):
        read_rules(json.dumps(text).encode())


def test_a_slope_of_nothing_is_refused():
    ramp = {"base": 1, "of": "card_age_ms", "gain": 1, "per": 0}
    with pytest.raises(msgspec.ValidationError, match="per"):
        read_rules(changed(when={"type": "above", "measure": "value_minor", "limit": ramp}))


def test_deep_nesting_is_refused_and_not_a_crash():
    deep = '{"type":"all","of":[' * 5000 + "]}" * 5000
    with pytest.raises((ValueError, RecursionError)):
        read_rules(changed(when="WHEN").replace(b'"WHEN"', deep.encode()))
