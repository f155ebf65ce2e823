"""How long records stay."""

from __future__ import annotations

import pytest

from cardtrail.compliance.retention import RecordClass, check_deletion, keep_until, may_delete, must_delete
from cardtrail.compliance.rules import Rule
from tests.compliance.test_dates import ms

EVENT = ms(2026, 1, 1, 3)


@pytest.mark.parametrize(
    ("record_class", "until_ms", "rule"),
    [
        (RecordClass.TRANSACTION, ms(2029, 1, 1, 3), Rule.KEEP_TRANSACTIONS),
        (RecordClass.BUYER_IDENTITY, ms(2031, 1, 1, 3), Rule.KEEP_BUYER_IDENTITY),
        (RecordClass.IMPACT_ASSESSMENT, ms(2029, 1, 1, 3), Rule.KEEP_ASSESSMENT),
    ],
)
def test_a_record_is_kept_to_the_millisecond(record_class, until_ms, rule):
    assert keep_until(record_class, EVENT) == until_ms
    assert not may_delete(record_class, EVENT, until_ms - 1)
    assert may_delete(record_class, EVENT, until_ms)
    refusal = check_deletion(record_class, EVENT, until_ms - 1)
    assert refusal.rule is rule
    assert refusal.values["until_ms"] == until_ms
    assert check_deletion(record_class, EVENT, until_ms) is None


def test_other_personal_data_goes_at_once():
    assert keep_until(RecordClass.PERSONAL, EVENT) == EVENT
    assert check_deletion(RecordClass.PERSONAL, EVENT, EVENT) is None
    assert RecordClass.PERSONAL.rule is Rule.DELETE_PERSONAL


def test_what_is_kept_goes_when_nothing_needs_it_any_more():
    over = ms(2029, 1, 1, 3)
    assert must_delete(RecordClass.TRANSACTION, EVENT, over, needed=False)
    assert not must_delete(RecordClass.TRANSACTION, EVENT, over, needed=True)
    assert not must_delete(RecordClass.TRANSACTION, EVENT, over - 1, needed=False)
    assert must_delete(RecordClass.PERSONAL, EVENT, EVENT, needed=False)


def test_a_refused_deletion_names_the_day():
    refusal = check_deletion(RecordClass.BUYER_IDENTITY, EVENT, EVENT)
    assert (
        refusal.words.zh == "购卡人身份须至少保存 5 年，2031-01-01 之前不得删除；此前只存储并保护，不作他用。"
    )
    assert "until 2031-01-01;" in refusal.words.en
