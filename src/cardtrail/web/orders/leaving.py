"""What of orders stands against deleting an account, and what goes with it."""

from __future__ import annotations

from django.db.models import Q

from cardtrail.deals.regions import ENDS
from cardtrail.web.accounts.deletion import Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.orders.models import Account, Claim, Deal
from cardtrail.web.ui.texts import Text

_UNDER_WAY = Text(
    "还有 {n} 笔订单未完成，请等待它们结束。", "{n} orders are under way; wait until they have ended."
)
_OWED = Text(
    "有一笔已付给你的货款被银行撤回，请先处理。", "A payment you received was called back; settle that first."
)


def objections(person: Person) -> list[Objection]:
    """Orders that are not over, and what the person owes."""
    found = []
    ended = [stage.value for stage in ENDS]
    count = Deal.objects.filter(Q(seller=person) | Q(buyer=person)).exclude(stage__in=ended).count()
    if count:
        found.append(Objection(_UNDER_WAY.format(n=count)))
    if Claim.objects.filter(seller=person, dropped_ms__isnull=True).exists():
        found.append(Objection(_OWED))
    return found


def wipe(person: Person) -> None:
    """Nobody is paid to their accounts any more. Orders keep the one they were paid to: the law wants that kept."""
    Account.objects.filter(person=person).delete()
