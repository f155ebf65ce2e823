"""What the market did to a card, on its trail: the ledger's word for a gift and for a sale is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.models import Movement
from cardtrail.web.ui.texts import Text

_SALE: Final = {
    "hold": Text("挂牌出售，锁定", "Set aside for sale"),
    "release": Text("售出，交付买家", "Sold, delivered to its buyer"),
    "return": Text("出售结束，解锁", "No longer for sale"),
}
_DISPUTE: Final = {
    "hold": Text("争议中，锁定", "Set aside in a dispute"),
    "release": Text("争议了结，退回卖家", "Dispute over: back to the seller"),
    "return": Text("争议了结，解锁", "Dispute over: free again"),
}
_KINDS: Final = {"hold_sale": _SALE, "set_aside": _DISPUTE}


def titles(movements: Sequence[Movement]) -> Mapping[tuple[int, int], Text]:
    """The movements that belong to a sale or a dispute, by entry and serial. One query, none without such movements."""
    rows = [row for row in movements if row.kind in _SALE and row.reference]
    if not rows:
        return {}
    made = Action.objects.filter(serial__in={row.serial for row in rows}, kind__in=_KINDS)
    whose = {
        bytes(evidence): _KINDS[kind] for kind, evidence in made.values_list("kind", "confirmation__evidence")
    }
    return {
        (row.index, row.serial): whose[reference][row.kind]
        for row in rows
        if (reference := bytes(row.reference or b"")) in whose
    }
