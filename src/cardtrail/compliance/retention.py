"""How long records stay, by class, and when they go.

Where the law asks to keep a record, deleting it sooner is refused, even on its subject's request: until then it is
stored and protected, and used for nothing else. Where the law asks for nothing, a record goes as soon as it is not
needed.
"""

from __future__ import annotations

import enum

from cardtrail.compliance.dates import later_by_years_ms, shanghai_date
from cardtrail.compliance.refusal import Refused, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words


class RecordClass(enum.Enum):
    """What a record is, for its time. A record of several classes is kept for the longest.

    TRANSACTION        counted from the end of the transaction
    BUYER_IDENTITY     who bought named cards, or anonymous ones from the threshold on; counted from the purchase
    IMPACT_ASSESSMENT  of a processing of personal data; counted from its completion
    PERSONAL           any other personal data
    """

    TRANSACTION = Words("交易记录", "record of a transaction")
    BUYER_IDENTITY = Words("购卡人身份", "identity of a buyer")
    IMPACT_ASSESSMENT = Words("影响评估", "impact assessment")
    PERSONAL = Words("其他个人信息", "other personal data")

    @property
    def rule(self) -> Rule:
        """The rule that says how long."""
        return _RULES[self]


_RULES = {
    RecordClass.TRANSACTION: Rule.KEEP_TRANSACTIONS,
    RecordClass.BUYER_IDENTITY: Rule.KEEP_BUYER_IDENTITY,
    RecordClass.IMPACT_ASSESSMENT: Rule.KEEP_ASSESSMENT,
    RecordClass.PERSONAL: Rule.DELETE_PERSONAL,
}


def keep_until(record_class: RecordClass, event_ms: int) -> int:
    """The moment before which the record must not be deleted (ms): years are counted by the calendar in China. For a
    class without a time, the event itself: it may go at once."""
    years = record_class.rule.numbers.get("years", 0)
    return later_by_years_ms(event_ms, years) if years else event_ms


def may_delete(record_class: RecordClass, event_ms: int, now_ms: int) -> bool:
    """Whether the law lets it go by now."""
    return now_ms >= keep_until(record_class, event_ms)


def must_delete(record_class: RecordClass, event_ms: int, now_ms: int, needed: bool) -> bool:
    """Whether a record with personal data has to go now: its time is over and nothing needs it any more. What it is
    needed for, an open dispute for one, the caller says."""
    return not needed and may_delete(record_class, event_ms, now_ms)


def check_deletion(record_class: RecordClass, event_ms: int, now_ms: int) -> Refused | None:
    """`may_delete` with the rule that stands against it."""
    if may_delete(record_class, event_ms, now_ms):
        return None
    until_ms = keep_until(record_class, event_ms)
    day = str(shanghai_date(until_ms))
    return refused(
        record_class.rule,
        Words(
            "{kind}须至少保存 {years} 年，{day} 之前不得删除；此前只存储并保护，不作他用。",
            "A record of this class ({kind}) is kept for at least {years} years, until {day}; until then it is stored "
            "and protected and used for nothing else.",
        ),
        kind=record_class.value,
        day=Words(day, day),
        until_ms=until_ms,
    )
