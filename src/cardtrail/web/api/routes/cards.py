"""How a card stands, for the brand's own programs. Every look is written down."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from cardtrail.web.api.app import ERRORS, ApiKeyAuth, key_of
from cardtrail.web.api.models import Lookup
from cardtrail.web.api.problems import not_found
from cardtrail.web.api.schemas import CardOut
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms
from cardtrail.wire.identifiers import CARD_NUMBER_DIGITS, card_number, parse_card_number

router = Router(tags=["cards"])


@router.get(
    "/{number}", auth=ApiKeyAuth("cards:read"), response={200: CardOut, **ERRORS}, summary="See a card"
)
def get_card(request: HttpRequest, number: str) -> CardOut:
    """State and balance by the printed number. Scope: cards:read."""
    card = Card.objects.filter(serial=_serial(number)).first()
    if card is None:
        raise not_found("There is no such card.")
    Lookup.objects.create(key=key_of(request), serial=card.serial, at_ms=now_ms())
    return CardOut(
        card_number=card_number(card.serial),
        product=card.product_id,
        state=card.state,
        balance_minor=card.balance_minor,
        face_minor=card.face_minor,
        currency=card.currency,
        activated_ms=card.activated_ms,
        expires_ms=card.expires_ms,
        entry=card.entry,
    )


def _serial(number: str) -> int:
    if len(number) != CARD_NUMBER_DIGITS:
        raise not_found("There is no such card.")
    try:
        return parse_card_number(number)
    except ValueError:
        raise not_found("There is no such card.") from None
