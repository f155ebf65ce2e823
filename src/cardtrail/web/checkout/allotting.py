"""Which cards pay how much."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from cardtrail.web.accounts.models import Person
from cardtrail.web.checkout.models import Payment
from cardtrail.web.ledger.models import Card
from cardtrail.wire.cards import Status

MOST_CARDS = 20
"""So many cards pay together."""

MOST_OFFERED = 100


def usable(person: Person, payment: Payment) -> list[Card]:
    """The person's cards that can pay now, those first that expire first."""
    cards = (
        Card.objects.filter(
            holder=person,
            currency=payment.currency,
            status=Status.ACTIVE,
            frozen_by__isnull=True,
            hold_kind__isnull=True,
            balance_minor__gt=0,
        )
        .select_related("product")
        .order_by(F("expires_ms").asc(nulls_last=True), "serial")[: 2 * MOST_OFFERED]
    )
    return [card for card in cards if card.state == "active"][:MOST_OFFERED]


def first_enough(cards: Sequence[Card], amount_minor: int) -> int | None:
    """The first card that is enough alone."""
    return next((card.serial for card in cards if card.balance_minor >= amount_minor), None)


def suggest(cards: Sequence[Card], amount_minor: int) -> dict[int, int]:
    """Parts by serial: card after card until the amount is reached. Less than the amount if all together are not
    enough."""
    parts: dict[int, int] = {}
    rest = amount_minor
    for card in cards[:MOST_CARDS]:
        part = min(card.balance_minor, rest)
        if part:
            parts[card.serial] = part
            rest -= part
    return parts
