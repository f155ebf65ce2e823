"""Who may decide about whose order: nobody about their own, nobody about that of somebody they belong together with,
and nobody twice about the same dispute. The machine checks the first and the last once more."""

from __future__ import annotations

from typing import Final

from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Dispute
from cardtrail.web.accounts.models import Person
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks.links import are_linked
from cardtrail.web.ui.texts import Text

OWN: Final = Text("这与你自己有关，请由同事处理。", "This is about yourself; leave it to a colleague.")
FRIEND: Final = Text(
    "你的账户与其中一方有关联（同一设备、付款账户或证件），请由同事处理。",
    "Your account belongs together with a party's (a device, a payer or a document in "
    "common); leave it to a colleague.",
)
SECOND: Final = Text(
    "你作过第一次裁决，申诉须由另一位审核员处理。",
    "You decided the first time; another reviewer decides the appeal.",
)


def hindrance(person: Person, deal: Deal, order: Order) -> Text | None:
    """Why a member of staff may not decide about an order; none if nothing speaks against it."""
    if person.pk in (deal.buyer_id, deal.seller_id):
        return OWN
    first = order.decision
    if order.dispute is Dispute.APPEALED and first is not None and first.by == str(person.pk):
        return SECOND
    if are_linked(person, deal.buyer) or are_linked(person, deal.seller):
        return FRIEND
    return None
