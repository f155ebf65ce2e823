"""How long a card is valid, and what becomes of what is left on it."""

from __future__ import annotations

import enum

from cardtrail.compliance.dates import DAY_MS, later_by_years_ms
from cardtrail.compliance.numbers import ANONYMOUS_VALIDITY_YEARS
from cardtrail.compliance.refusal import Refused, amounts, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words

# Terms count milliseconds from an activation nobody knows yet; any three years have at most one leap day.
SHORTEST_VALIDITY_MS = (365 * ANONYMOUS_VALIDITY_YEARS + 1) * DAY_MS
"""The shortest validity of an anonymous card as terms state it: three years from whatever day."""


class Remedy(enum.Enum):
    """What the holder of an expired card may ask for."""

    REACTIVATE = Words("激活", "re-activate it")
    EXCHANGE = Words("换卡", "exchange it for another card")


def check_validity(named: bool, validity_ms: int | None) -> Refused | None:
    """Whether terms may set that validity, in milliseconds from activation (none: unlimited)."""
    if validity_ms is None:
        return None
    if named:
        return refused(
            Rule.VALIDITY_NAMED,
            Words("记名卡不得设有效期，请留空。", "A named card has no end of validity; leave it empty."),
        )
    return None if validity_ms >= SHORTEST_VALIDITY_MS else _too_short(SHORTEST_VALIDITY_MS, validity_ms)


def check_expiry(named: bool, activated_ms: int, expires_ms: int | None) -> Refused | None:
    """Whether one card may end then, as a card taken over from an older system does. Years are counted by the
    calendar in China, from the same day and time of day."""
    if expires_ms is None:
        return None
    if named:
        return check_validity(named, expires_ms - activated_ms)
    least_ms = later_by_years_ms(activated_ms, ANONYMOUS_VALIDITY_YEARS)
    return None if expires_ms >= least_ms else _too_short(least_ms - activated_ms, expires_ms - activated_ms)


def _too_short(least_ms: int, given_ms: int) -> Refused:
    return refused(
        Rule.VALIDITY_ANONYMOUS,
        Words(
            "不记名卡有效期不得少于 {years} 年（{least_days} 天），此处只有 {given_days} 天。",
            "An anonymous card is valid for at least {years} years ({least_days} days), not for {given_days}.",
        ),
        least_days=least_ms // DAY_MS,
        given_days=given_ms // DAY_MS,
    )


def remedies(balance_fen: int, expires_ms: int | None, now_ms: int) -> frozenset[Remedy]:
    """What the holder of a card may ask for now: nothing while it is valid or when it is empty."""
    amounts(balance_fen=balance_fen)
    expired = expires_ms is not None and now_ms >= expires_ms
    return frozenset(Remedy) if expired and balance_fen else frozenset()


def check_write_off(balance_fen: int) -> Refused | None:
    """Whether an expired card may be ended for its expiry alone: not while anything is left on it."""
    amounts(balance_fen=balance_fen)
    if not balance_fen:
        return None
    return refused(
        Rule.EXPIRED_BALANCE,
        Words(
            "卡虽过期，余额 {balance_fen} 仍归持卡人。请激活或换卡，不得因过期作废。",
            "The card expired, but {balance_fen} are still its holder's. Re-activate or exchange it; expiry is "
            "no reason to void it.",
        ),
        balance_fen=balance_fen,
    )
