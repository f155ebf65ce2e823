"""Who may decide about whose order: nobody about their own, nobody about that of somebody they belong together with,
and nobody twice about the same dispute. The machine checks the first and the last once more."""

from __future__ import annotations

from typing import Final

from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Dispute
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.separation import too_near
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.texts import Text

SECOND: Final = Text(
    "你作过第一次裁决，申诉须由另一位审核员处理。",
    "You decided the first time; another reviewer decides the appeal.",
)


def hindrance(person: Person, deal: Deal, order: Order) -> Text | None:
    """Why a member of staff may not decide about an order; none if nothing speaks against it."""
    first = order.decision
    if order.dispute is Dispute.APPEALED and first is not None and first.by == str(person.pk):
        return SECOND
    return too_near(person, deal.buyer, deal.seller)


def keep_apart(staff: Person, person: Person) -> None:
    """Raises `NotPossible` where a member of staff decides nothing about somebody (`desk.separation`)."""
    text = too_near(staff, person)
    if text is not None:
        raise NotPossible("too_near", text)
