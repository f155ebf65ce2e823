"""Where money for a card goes once the card was split or merged: to the card that took its place."""

from __future__ import annotations

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.wire.cards import Status

MOST_STEPS = 50

_MADE_BY = {Status.SPLIT: "split_part", Status.MERGED: "merge_result"}


def refund_order(serial: int, amount_minor: int, order: bytes) -> Order:
    """Money back to a card as long as its owner is who it is now: when the order is signed, which may be much later,
    that is looked at again."""
    owner = bytes(Card.objects.values_list("owner", flat=True).get(serial=serial))
    return Order("refund", serial, {"amount_minor": amount_minor, "order": order.hex(), "owner": owner.hex()})


def heir_of(serial: int, person: Person) -> int | None:
    """The living card that stands for `serial` now, if this person holds it: the card itself, what it was merged into,
    or the part of a split that has most room below its face. None if somebody else would get the money, or nobody: a
    deleted account cannot use a card any more."""
    if person.deleted_ms is not None:
        return None
    for _ in range(MOST_STEPS):
        card = Card.objects.filter(serial=serial).first()
        if card is None:
            return None
        kind = _MADE_BY.get(Status(card.status))
        if kind is None:
            return card.serial if card.holder_id == person.pk and not card.dead else None
        made = Movement.objects.filter(index=card.entry, kind=kind).values_list("serial", flat=True)
        parts = Card.objects.filter(serial__in=list(made))
        if not parts:
            return None
        serial = max(parts, key=lambda part: (part.face_minor - part.balance_minor, -part.serial)).serial
    return None
