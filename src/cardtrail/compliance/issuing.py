"""Whether cards may be issued, all rules together, in one fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cardtrail.compliance.custody import Custody, check_issue_against_custody
from cardtrail.compliance.faces import check_currency, check_face
from cardtrail.compliance.purchase import Purchase, check_purchase
from cardtrail.compliance.refusal import Refused
from cardtrail.compliance.validity import check_validity


@dataclass(frozen=True, slots=True)
class Issue:
    """Cards of one kind that are to be issued.

    face_fen     of each card
    count        of cards, at least 1
    validity_ms  from activation; none: unlimited
    purchase     who buys them; none where they are made for stock and sold later
    """

    currency: str
    named: bool
    face_fen: int
    count: int
    validity_ms: int | None
    purchase: Purchase | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("at least one card is issued")
        if self.purchase is not None:
            bought_fen = self.purchase.named_fen if self.named else self.purchase.anonymous_fen
            if bought_fen < self.total_fen:
                raise ValueError("the purchase covers less than the cards that are issued for it")

    @property
    def total_fen(self) -> int:
        """All face values together."""
        return self.face_fen * self.count


def check_issue(issue: Issue, custody: Custody, others: Iterable[Purchase] = ()) -> Refused | None:
    """The first rule that stands against it: currency, face, validity, buyer, payment, custody. `others` are the same
    buyer's other purchases, as in `check_purchase`."""
    refusal = (
        check_currency(issue.named, issue.currency)
        or check_face(issue.named, issue.face_fen)
        or check_validity(issue.named, issue.validity_ms)
    )
    if refusal is None and issue.purchase is not None:
        refusal = check_purchase(issue.purchase, others)
    return refusal or check_issue_against_custody(custody, issue.total_fen)
