"""The card of an order, drawn as it was sold: what its new owner does with it afterwards is nobody else's business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cardtrail.web.ledger.models import Card, Product
from cardtrail.web.orders.models import Deal


@dataclass(frozen=True, slots=True)
class Face:
    """What `{% card_face %}` draws."""

    serial: int
    currency: str
    face_minor: int
    balance_minor: int
    product: Product | None
    product_id: int
    expires_ms: int | None
    state: str = "active"


def faces_of(deals: Iterable[Deal]) -> dict[int, Face]:
    """The cards of some orders, by serial, with what they bore when they were listed."""
    deals = list(deals)
    cards = Card.objects.select_related("product").in_bulk({deal.serial for deal in deals})
    return {deal.serial: face_of(deal, cards.get(deal.serial)) for deal in deals}


def card_of(deal: Deal) -> Card | None:
    """The card of one order, as the ledger has it now."""
    return Card.objects.select_related("product").filter(serial=deal.serial).first()


def face_of(deal: Deal, card: Card | None) -> Face:
    """The card of one order; `card` is how the ledger has it now."""
    balance = deal.order.balance_minor
    if card is None:
        return Face(deal.serial, deal.currency, balance, balance, None, 0, None)
    return Face(
        deal.serial, deal.currency, card.face_minor, balance, card.product, card.product_id, card.expires_ms
    )
