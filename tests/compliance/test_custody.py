"""The money behind the cards, and what may be issued against it."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardtrail.compliance.custody import (
    Custody,
    IssuerKind,
    Owed,
    check_custody,
    check_issue_against_custody,
    most_issuable,
    ratio_bp,
    required_deposit,
)
from cardtrail.compliance.dates import DAY_MS
from cardtrail.compliance.issuing import Issue, check_issue
from cardtrail.compliance.purchase import Buyer, Method, Purchase
from cardtrail.compliance.rules import Rule
from tests.compliance.test_cards import rule
from tests.compliance.test_purchase import NOON

NOTHING = Owed(0, 0)
AMOUNTS = st.integers(0, 2**53 - 1)


@st.composite
def owed(draw: st.DrawFn) -> Owed:
    outstanding = draw(AMOUNTS)
    return Owed(outstanding, draw(st.integers(0, outstanding)))


CUSTODIES = st.builds(Custody, st.sampled_from(IssuerKind), AMOUNTS, AMOUNTS, owed(), owed())


@pytest.mark.parametrize(
    ("kind", "balance_fen", "required_fen"),
    [
        (IssuerKind.LARGE_SINGLE, 100, 20),
        (IssuerKind.GROUP, 100, 30),
        (IssuerKind.BRAND, 100, 40),
        (IssuerKind.LARGE_SINGLE, 1, 1),
        (IssuerKind.LARGE_SINGLE, 5, 1),
        (IssuerKind.LARGE_SINGLE, 6, 2),
        (IssuerKind.GROUP, 11, 4),
        (IssuerKind.BRAND, 0, 0),
    ],
)
def test_the_required_deposit_is_rounded_up(kind, balance_fen, required_fen):
    assert required_deposit(kind, balance_fen) == required_fen


@given(st.sampled_from(IssuerKind), AMOUNTS)
def test_the_required_deposit_is_exact(kind, balance_fen):
    assert required_deposit(kind, balance_fen) == ceil(Fraction(balance_fen * kind.percent, 100))


def test_a_ratio_is_rounded_down():
    assert ratio_bp(1, 3) == 3333
    assert ratio_bp(2, 3) == 6666
    assert ratio_bp(40, 100) == 4000
    assert ratio_bp(5, 0) is None


def test_cards_that_were_never_activated_do_not_count():
    assert Owed(1_000, 400).counted_fen == 600
    with pytest.raises(ValueError, match="part of what is outstanding"):
        Owed(1, 2)


def custody(deposit=0, cover=0, last=NOTHING, now=NOTHING, kind=IssuerKind.BRAND) -> Custody:
    return Custody(kind, deposit, cover, last, now)


@pytest.mark.parametrize(
    ("deposit", "cover", "expected"),
    [
        (400, 0, None),
        (399, 0, Rule.CUSTODY_RATIO),
        (0, 400, None),
        (1, 399, None),
        (1, 398, Rule.CUSTODY_RATIO),
    ],
)
def test_last_quarters_balance_is_covered_by_deposit_or_cover(deposit, cover, expected):
    assert rule(check_custody(custody(deposit, cover, last=Owed(1_500, 500)))) is expected
    # Nothing owed now: the law looks at last quarter all the same.
    assert rule(check_issue_against_custody(custody(deposit, cover, last=Owed(1_500, 500)), 0)) is expected


def test_what_is_owed_now_and_issued_counts_too():
    now = custody(deposit=400, now=Owed(900, 300))
    assert check_issue_against_custody(now, 400) is None
    refusal = check_issue_against_custody(now, 401)
    assert refusal.rule is Rule.CUSTODY_RATIO
    limits = {"large_single_percent": 20, "group_percent": 30, "brand_percent": 40}
    sums = {"balance_fen": 1_001, "required_fen": 401, "secured_fen": 400, "missing_fen": 1}
    assert refusal.values == {**limits, "percent": 40, **sums}
    assert "A brand issuer keeps 40% of ¥10.01 in custody" in refusal.words.en
    assert "品牌发卡企业须存管余额 ¥10.01 的 40%，即 ¥4.01" in refusal.words.zh


def test_a_new_issuer_without_a_deposit_issues_nothing():
    assert rule(check_issue_against_custody(custody(), 1)) is Rule.CUSTODY_RATIO


@given(CUSTODIES)
def test_the_most_that_may_be_issued_is_the_edge(state):
    most = most_issuable(state)
    if most:
        assert check_issue_against_custody(state, most) is None
    assert check_issue_against_custody(state, most + 1) is not None


@given(CUSTODIES, AMOUNTS, AMOUNTS)
def test_more_deposit_never_hurts_and_more_cards_never_help(state, more, face):
    if check_issue_against_custody(state, face) is None:
        richer = dataclasses.replace(state, deposit_fen=state.deposit_fen + more)
        assert check_issue_against_custody(richer, face) is None
    else:
        assert check_issue_against_custody(state, face + more) is not None


# Everything about an issue together: more than the custody ratio allows, above face limits, to an unidentified buyer
# above the threshold.

RICH = custody(deposit=10**12)
STOCK = Issue("CNY", named=False, face_fen=100_000, count=10, validity_ms=1096 * DAY_MS)
SALE = Purchase(Buyer.PERSON, 0, 1_000_000, Method.CASH, True, True, NOON)


def changed(**changes: object) -> Issue:
    return dataclasses.replace(STOCK, **changes)


@pytest.mark.parametrize(
    ("issue", "behind", "expected"),
    [
        (STOCK, RICH, None),
        (STOCK, custody(deposit=400_000), None),
        (STOCK, custody(deposit=399_999), Rule.CUSTODY_RATIO),
        (changed(face_fen=100_001), RICH, Rule.FACE_ANONYMOUS),
        (changed(named=True, validity_ms=None, face_fen=500_000), RICH, None),
        (changed(named=True, validity_ms=None, face_fen=500_001), RICH, Rule.FACE_NAMED),
        (changed(named=True), RICH, Rule.VALIDITY_NAMED),
        (changed(validity_ms=DAY_MS), RICH, Rule.VALIDITY_ANONYMOUS),
        (changed(currency="USD"), RICH, Rule.FACE_ANONYMOUS),
        (changed(purchase=SALE), RICH, None),
        (changed(purchase=dataclasses.replace(SALE, identity_recorded=False)), RICH, Rule.BUYER_ANONYMOUS),
        (changed(purchase=dataclasses.replace(SALE, on_premises=False)), RICH, Rule.PAYMENT_OFF_PREMISES),
        (changed(purchase=SALE), custody(), Rule.CUSTODY_RATIO),
    ],
)
def test_an_issue_is_refused_with_the_rules_name(issue, behind, expected):
    assert rule(check_issue(issue, behind)) is expected


def test_an_issue_sees_the_buyers_day():
    small = changed(count=1, purchase=Purchase(Buyer.PERSON, 0, 100_000, Method.CASH, True, False, NOON))
    earlier = Purchase(Buyer.PERSON, 0, 900_000, Method.CASH, True, False, NOON)
    assert check_issue(small, RICH) is None
    assert rule(check_issue(small, RICH, [earlier])) is Rule.BUYER_ANONYMOUS


def test_a_purchase_smaller_than_its_cards_is_a_bug():
    with pytest.raises(ValueError, match="covers less"):
        changed(purchase=dataclasses.replace(SALE, anonymous_fen=999_999))
    with pytest.raises(ValueError, match="at least one card"):
        changed(count=0)
