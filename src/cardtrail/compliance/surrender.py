"""A card is surrendered (退卡): its holder hands it back, and the issuer pays out its money. A refund, by the glossary,
is something else: money of an order that comes back onto a card.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cardtrail.compliance.dates import day_start_ms, later_by_days, shanghai_date
from cardtrail.compliance.numbers import PRINCIPAL_DAYS
from cardtrail.compliance.refusal import Refused, amounts, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words


class Payout(enum.Enum):
    """How the money reaches whoever surrenders a card."""

    BANK_ACCOUNT = Words("银行账户", "bank account")
    CASH = Words("现金", "cash")


@dataclass(frozen=True, slots=True)
class Surrender:
    """A card handed back, with what people established.

    balance_fen        on the card
    paid_fen           what is to be paid out; may be more than the balance, where interest is due
    calculation        how it was arrived at, in the words of whoever did; may be empty where it is the balance
    identity_checked   the document of whoever surrenders the card was looked at
    payout             how
    same_name          the bank account is in the name of whoever surrenders the card
    earlier_cash_fen   balances of this person's other cards paid out in cash on the same day in China: a card is
                       easily split into small ones
    """

    balance_fen: int
    paid_fen: int
    calculation: str
    identity_checked: bool
    payout: Payout
    same_name: bool
    earlier_cash_fen: int = 0

    def __post_init__(self) -> None:
        amounts(balance_fen=self.balance_fen, paid_fen=self.paid_fen, earlier_cash_fen=self.earlier_cash_fen)


def check_surrender(surrender: Surrender) -> Refused | None:
    """The first rule that stands against paying out: identity, then cash or account, then the sum."""
    if not surrender.identity_checked:
        return refused(
            Rule.SURRENDER_IDENTITY,
            Words(
                "请先核验退卡人身份，再退款。",
                "Check the identity of whoever surrenders the card first, then pay out.",
            ),
        )
    by_cash = surrender.payout is Payout.CASH
    return (_check_cash(surrender) if by_cash else _check_account(surrender)) or _check_sum(surrender)


def _check_account(surrender: Surrender) -> Refused | None:
    if surrender.same_name:
        return None
    return refused(
        Rule.SURRENDER_ACCOUNT,
        Words(
            "收款账户须与退卡人同名。请提供本人账户。",
            "The account must be in the name of whoever surrenders the card. Ask for an account of their own.",
        ),
    )


def _check_cash(surrender: Surrender) -> Refused | None:
    # What is paid may be the larger sum, where interest is due; the limit is kept by both.
    cash_fen = max(surrender.balance_fen, surrender.paid_fen) + surrender.earlier_cash_fen
    if cash_fen <= Rule.SURRENDER_CASH.numbers["limit_fen"]:
        return None
    return refused(
        Rule.SURRENDER_CASH,
        Words(
            "当日付现合计 {cash_fen}，超过 {limit_fen}。请退至本人同名银行账户。",
            "Cash of the day would come to {cash_fen}; up to {limit_fen} is allowed. Pay to a bank account in the same "
            "name.",
        ),
        cash_fen=cash_fen,
    )


def _check_sum(surrender: Surrender) -> Refused | None:
    # How discounts and interest are reckoned is a person's decision; what the room asks for is that it is recorded.
    if surrender.paid_fen == surrender.balance_fen or surrender.calculation.strip(" \t\r\n\u3000"):
        return None
    return refused(
        Rule.REMAINING_BALANCE,
        Words(
            "退款 {paid_fen} 与余额 {balance_fen} 不同。请写明计算依据（折扣、利息等）。",
            "{paid_fen} are paid out for a balance of {balance_fen}. Write down how that was reckoned (discount, "
            "interest).",
        ),
        paid_fen=surrender.paid_fen,
        balance_fen=surrender.balance_fen,
    )


def principal_until_ms(paid_ms: int) -> int:
    """The moment at which the time to ask for the principal is over: the end, in China, of the seventh day after the
    day of payment, which itself is not counted."""
    return day_start_ms(later_by_days(shanghai_date(paid_ms), PRINCIPAL_DAYS + 1))


def check_denial(paid_ms: int, asked_ms: int, excepted: bool) -> Refused | None:
    """Whether a consumer's request for the principal may be turned down. A person decides whether one of the article's
    exceptions applies and hands it in; to pay out later, or in spite of an exception, is always allowed."""
    if excepted or asked_ms >= principal_until_ms(paid_ms):
        return None
    return refused(
        Rule.PRINCIPAL_REFUND,
        Words(
            "付款后 {days} 日内提出，且无例外情形，须返还本金，不得拒绝。",
            "It was asked for within {days} days of paying and no exception applies: the principal is paid back.",
        ),
    )
