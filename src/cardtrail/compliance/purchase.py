"""Who buys cards, and how they are paid for.

The law speaks of what is bought "at once". Whoever could stay below a threshold by buying twice would not be bound by
it, so this room adds up what the same buyer buys on the same day in China, through whatever counter or page. That
reading is stricter than the letter. Who the same buyer is, the caller says: the same person or organisation as far as
the issuer can tell, by account, document or payer.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from cardtrail.compliance.dates import shanghai_date
from cardtrail.compliance.refusal import Refused, amounts, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words


class Buyer(enum.Enum):
    """The two kinds of buyers that the thresholds tell apart."""

    PERSON = Words("个人", "a person")
    ORGANISATION = Words("单位", "an organisation")


class Method(enum.Enum):
    """How a purchase is paid for. Where a bank transfer is asked for, nothing else passes: the sources at hand do not
    say that a payment by card or through a payment provider counts as one."""

    BANK_TRANSFER = Words("银行转账", "bank transfer")
    CASH = Words("现金", "cash")
    OTHER = Words("其他方式", "another way")


@dataclass(frozen=True, slots=True)
class Purchase:
    """What one buyer buys at one time.

    named_fen            face values of the named cards in it
    anonymous_fen        face values of the anonymous cards in it; what was paid may be less
    on_premises          bought in the issuer's or seller's own shop; false for telephone, website and post
    identity_recorded    the buyer's identity is established and on record (for an organisation, its agent's too)
    time_ms              when
    """

    buyer: Buyer
    named_fen: int
    anonymous_fen: int
    method: Method
    on_premises: bool
    identity_recorded: bool
    time_ms: int

    def __post_init__(self) -> None:
        amounts(named_fen=self.named_fen, anonymous_fen=self.anonymous_fen)

    @property
    def total_fen(self) -> int:
        """The face values of all cards in it."""
        return self.named_fen + self.anonymous_fen


def check_purchase(purchase: Purchase, others: Iterable[Purchase] = ()) -> Refused | None:
    """Both checks below, identity first. `others` are the same buyer's other purchases; those of other days are left
    out here, so that the caller need not."""
    known = tuple(others)
    return check_identity(purchase, known) or check_payment(purchase, known)


def check_identity(purchase: Purchase, others: Iterable[Purchase] = ()) -> Refused | None:
    """Whether the buyer had to be identified and was not."""
    if purchase.identity_recorded:
        return None
    if purchase.named_fen:
        return refused(
            Rule.BUYER_NAMED,
            Words(
                "记名卡须先登记购卡人身份，再出售。",
                "Named cards are sold once the buyer's identity is recorded. Record it first.",
            ),
        )
    bought_fen = purchase.anonymous_fen + sum(each.anonymous_fen for each in _same_day(purchase, others))
    # A purchase without anonymous cards passes no threshold, whatever came before it.
    if not purchase.anonymous_fen or bought_fen < Rule.BUYER_ANONYMOUS.numbers["from_fen"]:
        return None
    return refused(
        Rule.BUYER_ANONYMOUS,
        Words(
            "该购卡人当日购买不记名卡共 {bought_fen}，达 {from_fen} 须登记身份。请先登记。",
            "This buyer's anonymous cards of the day come to {bought_fen}; from {from_fen} on the buyer is identified. "
            "Record the identity first.",
        ),
        bought_fen=bought_fen,
    )


def check_payment(purchase: Purchase, others: Iterable[Purchase] = ()) -> Refused | None:
    """Whether it had to be paid for by bank transfer and is not."""
    if purchase.method is Method.BANK_TRANSFER or not purchase.total_fen:
        return None
    if not purchase.on_premises:
        return refused(
            Rule.PAYMENT_OFF_PREMISES,
            Words(
                "非现场购卡只能银行转账，此处为{method}。",
                "Cards bought off the premises are paid for by bank transfer only, not by {method}.",
            ),
            method=purchase.method.value,
        )
    organisation = purchase.buyer is Buyer.ORGANISATION
    rule = Rule.PAYMENT_ORGANISATION if organisation else Rule.PAYMENT_PERSON
    bought_fen = purchase.total_fen + sum(each.total_fen for each in _same_day(purchase, others))
    if bought_fen < rule.numbers["from_fen"]:
        return None
    return refused(
        rule,
        Words(
            "该购卡人当日购卡共 {bought_fen}，达 {from_fen} 只能银行转账，此处为{method}。",
            "This buyer's cards of the day come to {bought_fen}; from {from_fen} on only a bank transfer is taken, "
            "not {method}.",
        ),
        bought_fen=bought_fen,
        method=purchase.method.value,
    )


def _same_day(purchase: Purchase, others: Iterable[Purchase]) -> list[Purchase]:
    day = shanghai_date(purchase.time_ms)
    return [each for each in others if shanghai_date(each.time_ms) == day]
