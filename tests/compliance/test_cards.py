"""What a card may be: its face, its validity, what becomes of its rest, who may report it lost."""

from __future__ import annotations

import pytest

from cardtrail.compliance.dates import DAY_MS
from cardtrail.compliance.faces import check_currency, check_face
from cardtrail.compliance.loss import check_loss_report, check_replacement_denial
from cardtrail.compliance.rules import Rule
from cardtrail.compliance.validity import Remedy, check_expiry, check_validity, check_write_off, remedies
from tests.compliance.test_dates import ms


def rule(refusal):
    return refusal and refusal.rule


@pytest.mark.parametrize(
    ("named", "face_fen", "expected"),
    [
        (True, 0, None),
        (True, 499_999, None),
        (True, 500_000, None),
        (True, 500_001, Rule.FACE_NAMED),
        (False, 99_999, None),
        (False, 100_000, None),
        (False, 100_001, Rule.FACE_ANONYMOUS),
        (False, 500_000, Rule.FACE_ANONYMOUS),
    ],
)
def test_face_limits(named, face_fen, expected):
    assert rule(check_face(named, face_fen)) is expected


def test_a_refused_face_says_what_is_allowed():
    refusal = check_face(False, 100_001)
    assert refusal.words.zh == "单张不记名卡最高 ¥1,000.00，此处为 ¥1,000.01。请降低面值。"
    assert refusal.words.en == (
        "¥1,000.01 is too much for one card: an anonymous card bears at most ¥1,000.00. Choose a smaller face value."
    )
    assert refusal.values == {"limit_fen": 100_000, "face_fen": 100_001}


def test_a_face_below_nothing_is_a_bug():
    with pytest.raises(ValueError, match="face_fen is -1"):
        check_face(True, -1)


def test_the_limits_cannot_be_gone_round_in_another_currency():
    assert check_currency(True, "CNY") is None
    assert rule(check_currency(True, "USD")) is Rule.FACE_NAMED
    assert rule(check_currency(False, "JPY")) is Rule.FACE_ANONYMOUS


@pytest.mark.parametrize(
    ("named", "validity_ms", "expected"),
    [
        (True, None, None),
        (True, 1, Rule.VALIDITY_NAMED),
        (True, 100 * 366 * DAY_MS, Rule.VALIDITY_NAMED),
        (True, 0, Rule.VALIDITY_NAMED),
        (False, None, None),
        (False, 1096 * DAY_MS, None),
        (False, 1096 * DAY_MS - 1, Rule.VALIDITY_ANONYMOUS),
        (False, 1095 * DAY_MS, Rule.VALIDITY_ANONYMOUS),
        (False, 0, Rule.VALIDITY_ANONYMOUS),
    ],
)
def test_validity_in_terms(named, validity_ms, expected):
    """1095 days are three years, but not from each day: a leap day may lie between."""
    assert rule(check_validity(named, validity_ms)) is expected


@pytest.mark.parametrize(
    ("named", "activated_ms", "expires_ms", "expected"),
    [
        (False, ms(2025, 3, 1), ms(2028, 3, 1), None),
        (False, ms(2025, 3, 1), ms(2028, 3, 1) - 1, Rule.VALIDITY_ANONYMOUS),
        (False, ms(2025, 1, 1), ms(2028, 1, 1), None),
        (False, ms(2024, 2, 29), ms(2027, 2, 28), Rule.VALIDITY_ANONYMOUS),
        (False, ms(2024, 2, 29), ms(2027, 3, 1), None),
        (False, ms(2025, 1, 1), None, None),
        (True, ms(2025, 1, 1), None, None),
        (True, ms(2025, 1, 1), ms(2035, 1, 1), Rule.VALIDITY_NAMED),
        (True, ms(2025, 1, 1), ms(2025, 1, 1), Rule.VALIDITY_NAMED),
    ],
)
def test_validity_of_one_card_goes_by_the_calendar(named, activated_ms, expires_ms, expected):
    assert rule(check_expiry(named, activated_ms, expires_ms)) is expected


def test_a_refused_validity_says_how_long_it_would_have_to_be():
    short = check_expiry(False, ms(2025, 3, 1), ms(2025, 3, 11))
    assert short.values == {"years": 3, "least_days": 1096, "given_days": 10}
    assert short.words.zh == "不记名卡有效期不得少于 3 年（1,096 天），此处只有 10 天。"
    assert check_expiry(False, ms(2024, 3, 1), ms(2024, 3, 11)).values["least_days"] == 1095
    assert check_validity(False, 10 * DAY_MS).values == {"years": 3, "least_days": 1096, "given_days": 10}
    # A card taken over with an end long ago: a span, not a moment.
    assert check_expiry(True, ms(2025, 3, 1), ms(2025, 3, 11)).rule is Rule.VALIDITY_NAMED


def test_what_is_left_on_an_expired_card():
    assert remedies(1, 1_000, 1_000) == {Remedy.REACTIVATE, Remedy.EXCHANGE}
    assert remedies(1, 1_000, 999) == frozenset()
    assert remedies(0, 1_000, 2_000) == frozenset()
    assert remedies(1, None, 2_000) == frozenset()
    assert check_write_off(0) is None
    refusal = check_write_off(1)
    assert refusal.rule is Rule.EXPIRED_BALANCE
    assert refusal.values == {"balance_fen": 1}
    assert "¥0.01" in refusal.words.en


@pytest.mark.parametrize(
    ("named", "claimed", "expected"),
    [
        (True, True, None),
        (True, False, None),
        (False, True, None),
        (False, False, Rule.LOSS_REPORT),
    ],
)
def test_who_can_report_a_loss(named, claimed, expected):
    assert rule(check_loss_report(named, claimed)) is expected


@pytest.mark.parametrize(
    ("named", "claimed", "identity_checked", "expected"),
    [
        (True, False, True, Rule.LOSS_REPORT),
        (False, True, True, Rule.LOSS_REPORT),
        (True, True, False, None),
        (False, False, True, None),
    ],
)
def test_when_a_replacement_may_be_turned_down(named, claimed, identity_checked, expected):
    assert rule(check_replacement_denial(named, claimed, identity_checked)) is expected
