"""The notice of assignment (转让通知): every change of holder is one, and says who, which card, what balance
and when it reached the issuer.
"""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.compliance.refusal import Refused, amounts, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words, listed

_BLANKS = " \t\r\n\u00a0\u3000"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says; empty or none is what it does not say.

    assignor, assignee  who passes the card on, and to whom: names, or keys where no name is known
    card_number         which card
    balance_fen         what is on it as it passes; nothing is a balance too
    reached_ms          when the notice reached the issuer: the time of its entry in the ledger
    """

    assignor: str
    assignee: str
    card_number: str
    balance_fen: int | None
    reached_ms: int | None


def check_notice(notice: Notice) -> Refused | None:
    """Whether it says everything that makes it a notice, and names two different parties."""
    if notice.balance_fen is not None:
        amounts(balance_fen=notice.balance_fen)
    said = (
        (notice.assignor.strip(_BLANKS), Words("转让人", "who passes the card on")),
        (notice.assignee.strip(_BLANKS), Words("受让人", "who receives it")),
        (notice.card_number.strip(_BLANKS), Words("卡号", "the card's number")),
        (notice.balance_fen is not None, Words("余额", "the balance")),
        (notice.reached_ms is not None, Words("到达发卡方的时间", "when it reached the issuer")),
    )
    missing = tuple(words for present, words in said if not present)
    if missing:
        return refused(
            Rule.NOTICE_OF_ASSIGNMENT,
            Words("转让通知缺少：{missing}。", "The notice of assignment does not say: {missing}."),
            missing=listed(missing),
        )
    if notice.assignor.strip(_BLANKS) == notice.assignee.strip(_BLANKS):
        return refused(
            Rule.NOTICE_OF_ASSIGNMENT,
            Words("转让人与受让人相同，不是转让。", "Both parties are the same: nothing is passed on."),
        )
    return None
