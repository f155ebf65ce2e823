"""A card that is set aside for the brand and ended is one thing to its holder, and is told as that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.urls import reverse

from cardtrail.web.cards.stops import Named
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.from_ledger import Together
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import amount
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.roles import Role

_UNDER_WAY: Final = Text(
    "你把尾号 {last} 的卡交回品牌，换取 {pays}。", "You hand card …{last} back to the brand for {pays}."
)
KINDS: Final = frozenset(("hold", "void"))
"""Movements of a return that carry the hash of its confirmation."""


NAMES: Final = {
    "hold": Named(Text("交回品牌", "Handed back to the brand"), "brand-return"),
    "return": Named(Text("品牌没有收下，卡解锁", "Not taken by the brand: free again"), "unlock", "good"),
    "void": Named(Text("品牌收下，卡结束", "Taken by the brand; the card ends"), "brand-return", "accent"),
}
"""How they are shown in a card's trail."""


def find(movements: Sequence[Movement]) -> Mapping[tuple[int, int], Together]:
    """Those of these movements that belong to a return, each with what its holder is told."""
    return {place: _together(given) for place, given in _known(movements).items()}


def names(movements: Sequence[Movement]) -> Mapping[tuple[int, int], Named]:
    """Those of these movements that belong to a return, each as the card's trail shows it. That a hold was for the
    brand is in the ledger; that a card was voided for its return is in our rows."""
    known = _known([row for row in movements if row.kind == "void"])
    return {
        (row.index, row.serial): NAMES[row.kind]
        for row in movements
        if (row.index, row.serial) in known or (row.hold_role == Role.ISSUER and row.kind in NAMES)
    }


def _known(movements: Sequence[Movement]) -> dict[tuple[int, int], Return]:
    ours = {
        (row.index, row.serial): (row.serial, bytes(row.reference))
        for row in movements
        if row.kind in KINDS and row.reference is not None
    }
    if not ours:
        return {}
    rows = Return.objects.filter(
        serial__in={serial for serial, _ in ours.values()}, confirmation__isnull=False
    ).select_related("confirmation")
    known = {
        (row.serial, bytes(row.confirmation.evidence)): row for row in rows if row.confirmation is not None
    }
    return {place: known[which] for place, which in ours.items() if which in known}


def set_aside(card: Card) -> Return | None:
    """The return that a card is set aside for, or by which it ended; none if it has nothing to do with one."""
    if card.hold_role == Role.ISSUER:
        rows = Return.objects.filter(
            serial=card.serial, confirmation__evidence=bytes(card.hold_reference or b"")
        )
    elif card.state == "void":
        rows = Return.objects.filter(serial=card.serial, state__in=Return.TAKEN)
    else:
        return None
    return rows.first()


def _together(given: Return) -> Together:
    if given.confirmation_id is None:
        raise ValueError("a return that nobody confirmed has no movements")
    text = _UNDER_WAY.format(
        last=card_number(given.serial)[-4:], pays=amount(given.unit, given.pays, given.currency)
    )
    return Together(given.confirmation_id, "return", text, reverse("returns:return", args=[given.pk]))
