"""Which cards can be reported lost (挂失) and replaced."""

from __future__ import annotations

from cardtrail.compliance.refusal import Refused, refused
from cardtrail.compliance.rules import Rule
from cardtrail.wire.words import Words


def check_loss_report(named: bool, claimed: bool) -> Refused | None:
    """A named card, and a card of any kind that somebody claimed: the issuer knows whose it is. A code nobody claimed
    is like cash, and a report could not be told from a theft."""
    if named or claimed:
        return None
    return refused(
        Rule.LOSS_REPORT,
        Words(
            "不记名且未领取的卡无法挂失，因为无从确认归属。请先领取。",
            "An anonymous card that nobody claimed cannot be reported lost, for nobody can tell whose it is. Claim it "
            "first.",
        ),
    )


def check_replacement_denial(named: bool, claimed: bool, identity_checked: bool) -> Refused | None:
    """Whether the issuer may turn down replacing a lost card: not for a card that can be reported lost once the
    holder's identity is checked."""
    if not identity_checked or check_loss_report(named, claimed) is not None:
        return None
    return refused(
        Rule.LOSS_REPORT,
        Words(
            "持卡人身份已核验，须予补办，不得拒绝。",
            "The holder's identity is checked: the card is replaced.",
        ),
    )
