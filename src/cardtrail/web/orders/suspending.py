"""Somebody is suspended while they have orders under way. What was not delivered is called off; what was is
finished, but nobody is paid before a person has looked (`deals.moves.gating`)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from cardtrail.deals.events import PartyGone
from cardtrail.web.orders.deciding import Taken, go, take
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks.models import Penalty
from cardtrail.web.risks.penalties import same_person

Kind = Penalty.Kind

SELLS: Final = frozenset((Kind.ALL, Kind.SELL))
BUYS: Final = frozenset((Kind.ALL, Kind.BUY))
"""Penalties that stop somebody's sales, and their purchases."""


def begun(penalty: Penalty) -> None:
    """Hook, in the transaction in which a penalty begins: the orders of that person hear of it in the same one, so no
    payout slips through between the two. What follows outside is done after the commit."""
    taken: list[Taken] = []
    for person_id in sorted(same_person(penalty.person)):
        event = PartyGone(str(person_id), "suspended")
        taken += [take(id, event) for id in _under_way(person_id, penalty.kind)]
    if taken:
        transaction.on_commit(lambda: [go(each) for each in taken] and None)


def _under_way(person_id: UUID, kind: str) -> list[UUID]:
    sides = Q(pk=None)
    if kind in SELLS:
        sides |= Q(seller_id=person_id)
    if kind in BUYS:
        sides |= Q(buyer_id=person_id)
    rows = Deal.objects.filter(sides, next_ms__isnull=False).order_by("opened_ms", "pk")
    return list(rows.values_list("pk", flat=True))
