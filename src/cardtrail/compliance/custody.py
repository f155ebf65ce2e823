"""The money behind the cards: how much of it lies with the bank, and how much may be issued against it.

What counts is what the issuer owes holders: outstanding less inactive, for nobody has paid for a card that was never
activated. The law measures by the balance at the end of last quarter. That alone would let a new issuer issue any sum
against nothing until its first quarter ends; so here the deposit also has to bear what would be owed right after the
issue. That is stricter than the letter.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cardtrail.compliance import numbers
from cardtrail.compliance.refusal import Refused, amounts, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words

_WHOLE_PERCENT = 100


class IssuerKind(enum.Enum):
    """The kinds of issuers that the ratio tells apart."""

    LARGE_SINGLE = Words("规模发卡企业", "large single issuer")
    GROUP = Words("集团发卡企业", "group issuer")
    BRAND = Words("品牌发卡企业", "brand issuer")

    @property
    def percent(self) -> int:
        """The share of the balance that this kind of issuer keeps in custody."""
        return _PERCENT[self]


_PERCENT = {
    IssuerKind.LARGE_SINGLE: numbers.CUSTODY_LARGE_SINGLE_PERCENT,
    IssuerKind.GROUP: numbers.CUSTODY_GROUP_PERCENT,
    IssuerKind.BRAND: numbers.CUSTODY_BRAND_PERCENT,
}


@dataclass(frozen=True, slots=True)
class Owed:
    """What the ledger states at one moment.

    outstanding_fen  issued, less redeemed and voided
    inactive_fen     the part of it on cards that were never activated
    """

    outstanding_fen: int
    inactive_fen: int

    def __post_init__(self) -> None:
        amounts(outstanding_fen=self.outstanding_fen, inactive_fen=self.inactive_fen)
        if self.inactive_fen > self.outstanding_fen:
            raise ValueError("inactive cards are a part of what is outstanding and cannot bear more")

    @property
    def counted_fen(self) -> int:
        """What counts for custody: outstanding less inactive."""
        return self.outstanding_fen - self.inactive_fen


@dataclass(frozen=True, slots=True)
class Custody:
    """What stands behind the cards, and for what.

    kind          of issuer
    deposit_fen   with the custodian bank, as it last attested
    cover_fen     insurance or a bank's guarantee in place of a deposit
    last_quarter  at the end of last quarter; nothing outstanding for an issuer that is new
    now           at this moment
    """

    kind: IssuerKind
    deposit_fen: int
    cover_fen: int
    last_quarter: Owed
    now: Owed

    def __post_init__(self) -> None:
        amounts(deposit_fen=self.deposit_fen, cover_fen=self.cover_fen)

    @property
    def secured_fen(self) -> int:
        """Deposit and cover together."""
        return self.deposit_fen + self.cover_fen


def required_deposit(kind: IssuerKind, balance_fen: int) -> int:
    """What has to lie in custody for that balance (outstanding less inactive at the end of last quarter), in fen,
    rounded up: a fraction of a fen is a fen."""
    amounts(balance_fen=balance_fen)
    return -(-balance_fen * kind.percent // _WHOLE_PERCENT)


def ratio_bp(secured_fen: int, balance_fen: int) -> int | None:
    """The share of a balance that is secured, in basis points, rounded down; none where nothing is owed."""
    amounts(secured_fen=secured_fen, balance_fen=balance_fen)
    return secured_fen * 10_000 // balance_fen if balance_fen else None


def check_custody(custody: Custody) -> Refused | None:
    """Whether what is in custody is enough today, by last quarter's balance as the law measures it."""
    return _check(custody, custody.last_quarter.counted_fen)


def check_issue_against_custody(custody: Custody, face_fen: int) -> Refused | None:
    """Whether cards with these face values together may be issued, as if all of them were active at once.

    Batches for stock that are inactive do not count, and two of them may each pass where both together would not. So
    ask again with the face values that are about to be activated for the first time."""
    amounts(face_fen=face_fen)
    return _check(custody, max(custody.last_quarter.counted_fen, custody.now.counted_fen + face_fen))


def most_issuable(custody: Custody) -> int:
    """The largest sum of face values that `check_issue_against_custody` lets pass now, in fen; 0 where none does."""
    if check_custody(custody) is not None:
        return 0
    bearable_fen = custody.secured_fen * _WHOLE_PERCENT // custody.kind.percent
    return max(0, bearable_fen - custody.now.counted_fen)


def _check(custody: Custody, balance_fen: int) -> Refused | None:
    required_fen = required_deposit(custody.kind, balance_fen)
    missing_fen = required_fen - custody.secured_fen
    if missing_fen <= 0:
        return None
    return refused(
        Rule.CUSTODY_RATIO,
        Words(
            "{kind}须存管余额 {balance_fen} 的 {percent}%，即 {required_fen}；现有 {secured_fen}，尚缺 {missing_fen}。"
            "请先补足存管资金，或减少发行。",
            "A {kind} keeps {percent}% of {balance_fen} in custody, which is {required_fen}; there are {secured_fen}, "
            "{missing_fen} too little. Add to the deposit first, or issue less.",
        ),
        kind=custody.kind.value,
        percent=custody.kind.percent,
        balance_fen=balance_fen,
        required_fen=required_fen,
        secured_fen=custody.secured_fen,
        missing_fen=missing_fen,
    )
