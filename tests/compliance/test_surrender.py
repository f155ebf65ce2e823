"""A card is handed back for its money."""

from __future__ import annotations

import dataclasses

import pytest

from cardtrail.compliance.rules import Rule
from cardtrail.compliance.surrender import (
    Payout,
    Surrender,
    check_denial,
    check_surrender,
    principal_until_ms,
)
from tests.compliance.test_cards import rule
from tests.compliance.test_dates import ms

TO_ACCOUNT = Surrender(50_000, 50_000, "", True, Payout.BANK_ACCOUNT, True)
IN_CASH = Surrender(10_000, 10_000, "", True, Payout.CASH, False)


@pytest.mark.parametrize(
    ("surrender", "changes", "expected"),
    [
        (TO_ACCOUNT, {}, None),
        (TO_ACCOUNT, {"identity_checked": False}, Rule.SURRENDER_IDENTITY),
        (TO_ACCOUNT, {"same_name": False}, Rule.SURRENDER_ACCOUNT),
        (TO_ACCOUNT, {"paid_fen": 49_999}, Rule.REMAINING_BALANCE),
        (TO_ACCOUNT, {"paid_fen": 50_001}, Rule.REMAINING_BALANCE),
        (TO_ACCOUNT, {"paid_fen": 49_999, "calculation": " \u3000"}, Rule.REMAINING_BALANCE),
        (TO_ACCOUNT, {"paid_fen": 49_999, "calculation": "9.5 折"}, None),
        (IN_CASH, {}, None),
        (IN_CASH, {"identity_checked": False}, Rule.SURRENDER_IDENTITY),
        (IN_CASH, {"balance_fen": 10_001, "paid_fen": 10_001}, Rule.SURRENDER_CASH),
        (IN_CASH, {"balance_fen": 10_001, "calculation": "x"}, Rule.SURRENDER_CASH),
        (IN_CASH, {"paid_fen": 10_001, "calculation": "x"}, Rule.SURRENDER_CASH),
        (IN_CASH, {"earlier_cash_fen": 1}, Rule.SURRENDER_CASH),
        (IN_CASH, {"balance_fen": 4_000, "paid_fen": 4_000, "earlier_cash_fen": 6_000}, None),
    ],
)
def test_what_stands_against_paying_out(surrender, changes, expected):
    assert rule(check_surrender(dataclasses.replace(surrender, **changes))) is expected


def test_a_surrender_below_nothing_is_a_bug():
    with pytest.raises(ValueError, match="paid_fen is -1"):
        dataclasses.replace(TO_ACCOUNT, paid_fen=-1)


@pytest.mark.parametrize(
    ("asked_ms", "excepted", "expected"),
    [
        (ms(2026, 6, 1, 15), False, Rule.PRINCIPAL_REFUND),
        (ms(2026, 6, 9) - 1, False, Rule.PRINCIPAL_REFUND),
        (ms(2026, 6, 9), False, None),
        (ms(2026, 6, 1, 15), True, None),
    ],
)
def test_when_the_principal_may_be_denied(asked_ms, excepted, expected):
    assert rule(check_denial(ms(2026, 6, 1, 14, 59), asked_ms, excepted)) is expected


def test_the_day_of_payment_is_not_counted():
    assert principal_until_ms(ms(2026, 6, 1)) == principal_until_ms(ms(2026, 6, 2) - 1) == ms(2026, 6, 9)
