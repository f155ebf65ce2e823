"""Whose order a page is about, decided in one place."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.urls import register_converter

from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Side
from cardtrail.web.market.desk_looks import OrderLook
from cardtrail.web.orders.models import Deal


class OrderNumber:
    """An order's number in an address (`<order:number>`): 32 hexadecimal digits. Views get the row's id."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> UUID:
        """The row's id."""
        return UUID(value)

    def to_url(self, value: UUID | str) -> str:
        """The number, from the id or from itself."""
        return value.hex if isinstance(value, UUID) else value


register_converter(OrderNumber, "order")


@dataclass(frozen=True, slots=True)
class Own:
    """An order, as the machine knows it, and which of its parties is looking.

    looked  whether staff looked at it, or may have
    """

    deal: Deal
    order: Order
    side: Side
    looked: bool = True

    @property
    def buying(self) -> bool:
        """Whether it is the buyer."""
        return self.side is Side.BUYER


def own_order(request: HttpRequest, deal_id: UUID) -> Own:
    """The order, if whoever is signed in is a party to it. Raises `Http404`: of other people's orders, nobody learns
    whether they exist. What staff may see of them is on the desk."""
    # Staff seldom look. Asked here it costs nothing: only where they did, the page asks when.
    rows = Deal.objects.annotate(looked=Exists(OrderLook.objects.filter(deal=OuterRef("pk"))))
    deal = rows.filter(pk=deal_id).first()
    if deal is None:
        raise Http404
    order = deal.order
    side = order.side(str(request.user.pk))
    if side is None:
        raise Http404
    return Own(deal, order, side, deal.looked)
