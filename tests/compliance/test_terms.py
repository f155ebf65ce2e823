"""Terms that nobody has to accept, and notices that say everything."""

from __future__ import annotations

import dataclasses

import pytest

from cardtrail.compliance.assignment import Notice, check_notice
from cardtrail.compliance.dates import DAY_MS
from cardtrail.compliance.rules import Rule
from cardtrail.compliance.terms import TermsDraft, check_terms, flaws_of_terms
from tests.compliance.test_cards import rule

GOOD = TermsDraft("CNY", True, (10_000, 500_000), 500_000, None, True, "", True, True)
FULL = Notice("小满", "立夏", "6201 0000 0001", 0, 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"assignable": False}, [Rule.TERMS_ASSIGNMENT]),
        ({"assignable": False, "assignment_reason": "\u3000 "}, [Rule.TERMS_ASSIGNMENT]),
        ({"assignable": False, "assignment_reason": "员工福利，限本人"}, []),
        ({"replaces_lost": False}, [Rule.TERMS_REPLACEMENT]),
        ({"replaces_lost": False, "named": False, "faces_fen": (100_000,), "face_limit_fen": 100_000}, []),
        ({"refunds": False}, [Rule.TERMS_REFUND]),
        ({"face_limit_fen": 500_001}, [Rule.FACE_NAMED]),
        ({"faces_fen": (500_001,), "face_limit_fen": 0}, [Rule.FACE_NAMED]),
        ({"validity_ms": 1096 * DAY_MS}, [Rule.VALIDITY_NAMED]),
        ({"currency": "USD", "face_limit_fen": 10**9}, [Rule.FACE_NAMED]),
        (
            {"named": False, "validity_ms": DAY_MS, "refunds": False},
            [Rule.VALIDITY_ANONYMOUS, Rule.FACE_ANONYMOUS, Rule.TERMS_REFUND],
        ),
    ],
)
def test_terms(changes, expected):
    draft = dataclasses.replace(GOOD, **changes)
    flaws = flaws_of_terms(draft)
    assert [flaw.rule for flaw in flaws] == expected
    assert check_terms(draft) == (flaws[0] if flaws else None)


def test_a_notice_says_everything():
    assert check_notice(FULL) is None


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        ({"assignor": " "}, "转让人", "who passes the card on"),
        ({"assignee": ""}, "受让人", "who receives it"),
        ({"card_number": ""}, "卡号", "the card's number"),
        ({"balance_fen": None}, "余额", "the balance"),
        ({"reached_ms": None}, "到达发卡方的时间", "when it reached the issuer"),
        ({"balance_fen": None, "assignee": "\u3000"}, "受让人、余额", "who receives it, the balance"),
    ],
)
def test_what_a_notice_does_not_say(changes, zh, en):
    refusal = check_notice(dataclasses.replace(FULL, **changes))
    assert refusal.rule is Rule.NOTICE_OF_ASSIGNMENT
    assert refusal.words.zh == f"转让通知缺少：{zh}。"
    assert refusal.words.en == f"The notice of assignment does not say: {en}."


def test_nothing_is_passed_on_to_oneself():
    assert rule(check_notice(dataclasses.replace(FULL, assignee=" 小满"))) is Rule.NOTICE_OF_ASSIGNMENT


def test_a_balance_below_nothing_is_a_bug():
    with pytest.raises(ValueError, match="balance_fen is -1"):
        check_notice(dataclasses.replace(FULL, balance_fen=-1))
