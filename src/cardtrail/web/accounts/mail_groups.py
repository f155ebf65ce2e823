"""Which notices come by mail: the person chooses, except where silence would help a thief."""

from __future__ import annotations

from cardtrail.web.accounts.models import Person
from cardtrail.web.ui.texts import Text

OPTIONAL: dict[str, Text] = {
    "gifts": Text("礼物和群分享：收到、被领取、退回", "Gifts and shares: received, claimed, returned"),
    "market": Text("集市：上架、出价和还价", "The market: listings, offers and counter-offers"),
    "payments": Text("消费和退款", "Payments and refunds"),
    "reminders": Text(
        "提醒：卡片快到期、礼物没人领", "Reminders: cards about to expire, gifts not yet claimed"
    ),
}
"""Groups that a person can turn off. Everything else, such as a new device or a frozen card, always comes by mail."""

OF_STAFF: dict[str, Text] = {
    "desk": Text("工作台：有事等我处理", "The desk: something waits for me"),
}
"""More of them, for members of staff."""


def offered(*, staff: bool) -> dict[str, Text]:
    """The groups that somebody can turn off."""
    return {**OPTIONAL, **OF_STAFF} if staff else OPTIONAL


def wants_mail(person: Person, group: str) -> bool:
    """Whether a notice of a group goes out by mail too."""
    return group not in offered(staff=True) or group not in person.no_mail


def choose(person: Person, wanted: list[str], *, staff: bool = False) -> None:
    """Keep which groups the person wants by mail, of those that were offered to them."""
    person.no_mail = sorted(set(offered(staff=staff)) - set(wanted))
    person.save(update_fields=["no_mail"])
