"""Who buys and how it is paid for, at the exact thresholds, at once and in pieces."""

from __future__ import annotations

import dataclasses

import pytest

from cardtrail.compliance.purchase import (
    Buyer,
    Method,
    Purchase,
    check_identity,
    check_payment,
    check_purchase,
)
from cardtrail.compliance.rules import Rule
from tests.compliance.test_cards import rule
from tests.compliance.test_dates import ms

NOON = ms(2026, 6, 1, 12)
BASE = Purchase(Buyer.PERSON, 0, 0, Method.CASH, True, False, NOON)


def bought(**changes: object) -> Purchase:
    return dataclasses.replace(BASE, **changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"anonymous_fen": 999_999}, None),
        ({"anonymous_fen": 1_000_000}, Rule.BUYER_ANONYMOUS),
        ({"anonymous_fen": 1_000_001}, Rule.BUYER_ANONYMOUS),
        ({"anonymous_fen": 1_000_000, "identity_recorded": True}, None),
        ({"anonymous_fen": 1_000_000, "buyer": Buyer.ORGANISATION}, Rule.BUYER_ANONYMOUS),
        ({"named_fen": 1}, Rule.BUYER_NAMED),
        ({"named_fen": 1, "identity_recorded": True}, None),
        ({"named_fen": 1, "anonymous_fen": 1_000_000}, Rule.BUYER_NAMED),
        ({}, None),
    ],
)
def test_who_has_to_be_identified(changes, expected):
    assert rule(check_identity(bought(**changes))) is expected


@pytest.mark.parametrize("method", [Method.CASH, Method.OTHER])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"anonymous_fen": 4_999_999}, None),
        ({"anonymous_fen": 5_000_000}, Rule.PAYMENT_PERSON),
        ({"named_fen": 2_500_000, "anonymous_fen": 2_500_000}, Rule.PAYMENT_PERSON),
        ({"named_fen": 2_500_000, "anonymous_fen": 2_499_999}, None),
        ({"buyer": Buyer.ORGANISATION, "anonymous_fen": 499_999}, None),
        ({"buyer": Buyer.ORGANISATION, "anonymous_fen": 500_000}, Rule.PAYMENT_ORGANISATION),
        ({"buyer": Buyer.ORGANISATION, "named_fen": 500_000}, Rule.PAYMENT_ORGANISATION),
        ({"on_premises": False, "anonymous_fen": 1}, Rule.PAYMENT_OFF_PREMISES),
        ({"on_premises": False, "named_fen": 1, "buyer": Buyer.ORGANISATION}, Rule.PAYMENT_OFF_PREMISES),
        ({"on_premises": False}, None),
    ],
)
def test_what_has_to_be_paid_by_bank_transfer(changes, expected, method):
    assert rule(check_payment(bought(**changes, method=method))) is expected
    assert check_payment(bought(**changes, method=Method.BANK_TRANSFER)) is None


def test_buying_in_pieces_does_not_stay_below_a_threshold():
    morning = bought(anonymous_fen=600_000, time_ms=ms(2026, 6, 1))
    evening = bought(anonymous_fen=400_000, time_ms=ms(2026, 6, 2) - 1)
    assert check_identity(evening) is None
    refusal = check_identity(evening, [morning])
    assert refusal.rule is Rule.BUYER_ANONYMOUS
    assert refusal.values == {"from_fen": 1_000_000, "bought_fen": 1_000_000}
    assert check_identity(bought(anonymous_fen=399_999), [morning]) is None


def test_another_day_in_china_is_another_purchase():
    day_before = bought(anonymous_fen=600_000, time_ms=ms(2026, 6, 1) - 1)
    day_after = bought(anonymous_fen=600_000, time_ms=ms(2026, 6, 2))
    assert check_identity(bought(anonymous_fen=400_000), [day_before, day_after]) is None


def test_named_cards_do_not_count_towards_the_anonymous_threshold():
    """They are identified whatever their sum; what is bought with them counts for payment."""
    earlier = bought(named_fen=900_000, identity_recorded=True)
    assert check_identity(bought(anonymous_fen=999_999), [earlier]) is None
    assert check_payment(bought(anonymous_fen=4_099_999), [earlier]) is None
    assert rule(check_payment(bought(anonymous_fen=4_100_000), [earlier])) is Rule.PAYMENT_PERSON


def test_an_organisation_buying_in_pieces():
    pieces = [bought(buyer=Buyer.ORGANISATION, anonymous_fen=250_000) for _ in range(2)]
    assert rule(check_payment(pieces[1], pieces[:1])) is Rule.PAYMENT_ORGANISATION
    assert check_payment(pieces[1]) is None


def test_what_was_paid_by_transfer_counts_for_the_rest_of_the_day():
    """Otherwise the larger part goes by bank and as much again in cash beside it."""
    earlier = bought(anonymous_fen=4_900_000, method=Method.BANK_TRANSFER, identity_recorded=True)
    later = bought(anonymous_fen=100_000, identity_recorded=True)
    assert rule(check_payment(later, [earlier])) is Rule.PAYMENT_PERSON


def test_others_may_be_read_once():
    """A generator serves both checks."""
    earlier = bought(anonymous_fen=4_900_000, identity_recorded=True)
    later = bought(anonymous_fen=100_000, identity_recorded=True)
    assert rule(check_purchase(later, (each for each in [earlier]))) is Rule.PAYMENT_PERSON


def test_identity_comes_first():
    assert rule(check_purchase(bought(anonymous_fen=5_000_000))) is Rule.BUYER_ANONYMOUS
    assert (
        rule(check_purchase(bought(anonymous_fen=5_000_000, identity_recorded=True))) is Rule.PAYMENT_PERSON
    )
    assert check_purchase(bought(anonymous_fen=100)) is None


def test_the_words_say_how_it_was_to_be_paid():
    refusal = check_payment(bought(anonymous_fen=100, on_premises=False))
    assert refusal.words.zh == "非现场购卡只能银行转账，此处为现金。"
    assert (
        refusal.words.en == "Cards bought off the premises are paid for by bank transfer only, not by cash."
    )


def test_an_amount_below_nothing_is_a_bug():
    with pytest.raises(ValueError, match="named_fen is -1"):
        bought(named_fen=-1)
