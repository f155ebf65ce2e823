"""What the market did to a card, on its trail: the ledger's word for a gift and for a sale is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cardtrail.web.actions.models import Action
from cardtrail.web.cards.stops import Named
from cardtrail.web.ledger.models import Movement
from cardtrail.web.ui.texts import Text
from cardtrail.wire.roles import Role

_SALE: Final = {
    "hold": Named(Text("挂牌出售，锁定", "Set aside for sale"), "sale"),
    "release": Named(Text("售出，交付买家", "Sold, delivered to its buyer"), "sale", "accent"),
    "return": Named(Text("出售结束，解锁", "No longer for sale"), "unlock"),
}
_DISPUTE: Final = {
    "hold": Named(Text("争议中，锁定", "Set aside in a dispute"), "dispute", "warn"),
    "release": Named(Text("争议了结，退回卖家", "Dispute over: back to the seller"), "hand-return", "accent"),
    "return": Named(Text("争议了结，解锁", "Dispute over: free again"), "unlock", "good"),
}


def names(movements: Sequence[Movement]) -> Mapping[tuple[int, int], Named]:
    """The movements that belong to a sale or a dispute: by the ledger, what a settler holds. Only which of the two it
    was is asked of our rows, in one query, and in none without such movements. They may come in any order, and be any
    part of a card's trail."""
    rows = [row for row in movements if row.hold_role == Role.SETTLER and row.kind in _SALE]
    if not rows:
        return {}
    asides = Action.objects.filter(serial__in={row.serial for row in rows}, kind="set_aside")
    disputed = {bytes(evidence) for evidence in asides.values_list("confirmation__evidence", flat=True)}
    found, held = {}, {}
    for row in sorted([*rows, *_begun_before(rows)], key=lambda row: row.index):
        if row.kind == "hold":
            held[row.serial] = _DISPUTE if bytes(row.reference or b"") in disputed else _SALE
        found[row.index, row.serial] = held.get(row.serial, _SALE)[
            row.kind
        ]  # What ends a hold does not name it.
    return found


def _begun_before(rows: Sequence[Movement]) -> list[Movement]:
    """The holds of cards of which only an end is among the rows: a page of a list, or what one holder may see."""
    first = {row.serial: row for row in sorted(rows, key=lambda row: row.index, reverse=True)}
    ended = [serial for serial, row in first.items() if row.kind != "hold"]
    if not ended:
        return []
    return list(Movement.objects.filter(serial__in=ended, kind="hold", hold_role=Role.SETTLER))
