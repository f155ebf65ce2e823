"""What a card is that its settler holds: kept for an order, or set aside in a dispute. The ledger has one word for both
and for a card that is on sale."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cardtrail.web.orders.models import Deal


def told_apart(serials: Collection[int]) -> Mapping[int, str]:
    """Those of these cards that an order has to do with, each with its state (`ledger.states`). One query."""
    rows = Deal.objects.filter(serial__in=serials, watches=True).exclude(card="buyers")
    return {
        serial: "escrow" if kept else "dispute" for serial, kept in rows.values_list("serial", "reserves")
    }
