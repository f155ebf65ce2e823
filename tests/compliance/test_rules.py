"""Every rule can be shown to people in both languages, with its source and nothing invented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cardtrail.compliance.dates import Date
from cardtrail.compliance.refusal import refused
from cardtrail.compliance.rules import Rule
from cardtrail.compliance.sources import (
    CARD_MEASURES,
    E_COMMERCE_LAW,
    INTERPRETATION,
    PERSONAL_INFORMATION_LAW,
    Status,
)
from cardtrail.wire.words import Words

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "law.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


SHORT = {
    CARD_MEASURES: "Order 9 of 2012",
    INTERPRETATION: "法释〔2025〕4号",
    E_COMMERCE_LAW: "E-Commerce Law",
    PERSONAL_INFORMATION_LAW: "Personal Information Protection Law",
}
"""How the page's table names the sources."""


def row(rule: Rule) -> str:
    """The rule's row in the page."""
    kind = "confirmed" if rule.status is Status.CONFIRMED else "reported"
    articles = rule.citation.en.removeprefix(rule.source.cited().en) if rule.value.articles else ""
    return f"| `{rule.code}` | {rule.sentence.zh} | {rule.sentence.en} | {SHORT[rule.source]}{articles} | {kind} |"


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.code)
def test_the_page_states_the_rule(rule):
    assert row(rule) in PAGE.read_text(encoding="utf-8").splitlines()


def test_the_page_states_no_other_rule():
    rules = PAGE.read_text(encoding="utf-8").split("\n## Rules\n")[1].split("\n## ")[0]
    stated = re.findall(r"^\| `(\w+)` \|", rules, re.MULTILINE)
    assert stated == [rule.code for rule in Rule]


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.code)
def test_a_rule_is_told_in_both_languages(rule):
    for words in (rule.title, rule.sentence, rule.citation, rule.source.name):
        assert CHINESE.search(words.zh)
        assert "{" not in words.zh + words.en
    assert not CHINESE.search(rule.title.en + rule.sentence.en)
    assert rule.sentence.zh.endswith("。")
    assert rule.sentence.en.endswith(".")


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.code)
def test_a_citation_gives_name_and_date(rule):
    date = rule.source.in_force
    assert rule.citation.zh.startswith(
        f"{rule.source.name.zh}，{date.year}年{date.month}月{date.day}日起施行"
    )
    assert rule.citation.en.startswith(f"{rule.source.name.en}, in force since {date}")


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.code)
def test_an_article_is_quoted_only_where_the_text_was_read(rule):
    said = "Art" in rule.citation.en.removeprefix(rule.source.name.en)
    assert said == bool(rule.value.articles)
    if rule.status is Status.REPORTED:
        assert not rule.value.articles
        assert "not read in the text" in rule.citation.en
        assert "未核对原文" in rule.citation.zh


def test_an_article_of_a_reported_text_is_a_bug():
    with pytest.raises(ValueError, match="not confirmed"):
        CARD_MEASURES.cited((15,))


def test_citations_to_the_letter():
    assert Rule.NOTICE_OF_ASSIGNMENT.citation == Words(
        "《最高人民法院关于审理预付式消费民事纠纷案件适用法律若干问题的解释》（法释〔2025〕4号），2025年5月1日起施行，第11条",
        "Supreme People's Court, Interpretation on Civil Disputes over Prepaid Consumption (法释〔2025〕4号), "
        "in force since 2025-05-01, Art. 11",
    )
    assert Rule.REMAINING_BALANCE.citation.zh.endswith("，第15至19条")
    assert Rule.REMAINING_BALANCE.citation.en.endswith(", Arts. 15-19")
    assert INTERPRETATION.in_force == Date(2025, 5, 1)
    assert Rule.FACE_NAMED.citation.en == (
        "Measures on Single-Purpose Commercial Prepaid Cards (Ministry of Commerce Order 9 of 2012, as amended by "
        "Order 2 of 2016), in force since 2012-11-01 (as reported in secondary sources, not read in the text)"
    )


def test_the_numbers_of_the_law():
    """Written out once more: whoever changes one has to know that it is the law's."""
    assert {rule.code: dict(rule.numbers) for rule in Rule if rule.numbers} == {
        "face_named": {"limit_fen": 500_000},
        "face_anonymous": {"limit_fen": 100_000},
        "validity_anonymous": {"years": 3},
        "buyer_anonymous": {"from_fen": 1_000_000},
        "payment_organisation": {"from_fen": 500_000},
        "payment_person": {"from_fen": 5_000_000},
        "custody_ratio": {"large_single_percent": 20, "group_percent": 30, "brand_percent": 40},
        "quarterly_report": {"working_days": 20},
        "surrender_cash": {"limit_fen": 10_000},
        "principal_refund": {"days": 7},
        "keep_transactions": {"years": 3},
        "keep_buyer_identity": {"years": 5},
        "keep_assessment": {"years": 3},
    }


def test_a_refusal_names_its_rule_and_source_and_keeps_the_numbers():
    words = Words("{a_fen}，{n}，{w}。", "{a_fen}, {n}, {w}.")
    rule = Rule.SURRENDER_CASH
    refusal = refused(rule, words, a_fen=123456, n=7890, w=Words("甲", "x"))
    assert refusal.words == Words("¥1,234.56，7,890，甲。", "¥1,234.56, 7,890, x.")
    assert refusal.values == {"limit_fen": 10_000, "a_fen": 123456, "n": 7890}
    assert refusal.with_source == Words(
        f"退卡付现限额：¥1,234.56，7,890，甲。依据：{rule.citation.zh}。",
        f"Cash at a surrender: ¥1,234.56, 7,890, x. Source: {rule.citation.en}.",
    )


def test_a_place_without_a_value_is_a_bug():
    with pytest.raises(KeyError):
        refused(Rule.FACE_NAMED, Words("{other}", "{other}"))
