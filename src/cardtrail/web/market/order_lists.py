"""Somebody's orders: bought or sold, those under way first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import BooleanField, Case, QuerySet, Value, When

from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import ENDS, Side, Stage
from cardtrail.web.accounts.models import Person
from cardtrail.web.market.order_clock import Clock, clock_of
from cardtrail.web.market.order_face import Face, faces_of
from cardtrail.web.market.order_phrases import Stand
from cardtrail.web.market.order_stand import stand_of
from cardtrail.web.orders.models import Deal

ENDED: Final = tuple(stage.value for stage in ENDS)

WANTS: Final = frozenset(("pay", "cancel", "step_up", "confirm"))
"""What a party is waited for, outside of disputes."""


@dataclass(frozen=True, slots=True)
class Line:
    """An order in the list. `wanted`: it is this person's turn."""

    deal: Deal
    face: Face
    stand: Stand
    clock: Clock | None
    wanted: bool


def rows_of(person: Person, side: Side) -> QuerySet[Deal]:
    """The orders: under way first, then the latest."""
    mine = Deal.objects.filter(buyer=person) if side is Side.BUYER else Deal.objects.filter(seller=person)
    over = Case(When(stage__in=ENDED, then=Value(True)), default=Value(False), output_field=BooleanField())
    return mine.annotate(over=over).order_by("over", "-opened_ms", "pk")


def lines_of(deals: list[Deal], side: Side) -> list[Line]:
    """Orders with what they show. One query for all their cards."""
    faces = faces_of(deals)
    found = []
    for deal in deals:
        order = deal.order
        stand = stand_of(order, side)
        found.append(
            Line(deal, faces[deal.serial], stand, clock_of(order, side), _wanted(order, side, stand))
        )
    return found


def counts(person: Person) -> dict[Side, int]:
    """How many are under way on either side."""
    open_ones = Deal.objects.exclude(stage__in=ENDED)
    return {
        Side.BUYER: open_ones.filter(buyer=person).count(),
        Side.SELLER: open_ones.filter(seller=person).count(),
    }


def _wanted(order: Order, side: Side, stand: Stand) -> bool:
    if order.stage is not Stage.DISPUTED:
        return stand.next in WANTS
    asked = order.proposal is not None and order.proposal.side is not side
    return asked or side in order.evidence_open or side in order.appeal_open
