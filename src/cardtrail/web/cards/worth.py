"""What the brand would pay for a card: asked here, answered by the room that buys cards back, where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card

Pays = Callable[[Card, Person], "int | None"]

_pays: Pays | None = None


def brand_pays(function: Pays | None) -> Pays | None:
    """From now on this says what the brand pays a holder for a card, none: nothing. Gives what said so before."""
    global _pays
    before, _pays = _pays, function
    return before


def floors_of(cards: Sequence[Card], person: Person) -> dict[int, int]:
    """What the brand would pay for each card, by serial, as far as it would. One of equal cards stands for all."""
    if _pays is None:
        return {}
    known: dict[tuple[int, int, int | None], int | None] = {}
    found = {}
    for card in cards:
        alike = (card.product_id, card.balance_minor, card.expires_ms)
        if alike not in known:
            known[alike] = _pays(card, person)
        if (amount_minor := known[alike]) is not None:
            found[card.serial] = amount_minor
    return found
