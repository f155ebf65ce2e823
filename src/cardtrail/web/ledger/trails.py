"""A card's whole path: its own movements and, through every split and merge, those of its ancestors."""

from __future__ import annotations

from collections.abc import Sequence

from cardtrail.web.ledger.models import Card, Movement

MAX_ANCESTORS = 500
"""So many parents are followed, nearest first; a card with more is followed by an auditor's tools."""


def ancestors(card: Card) -> list[int]:
    """The serials a card descends from, nearest first, without itself."""
    found: dict[int, None] = {}
    level: Sequence[int] = card.parents
    while level and len(found) < MAX_ANCESTORS:
        fresh = [serial for serial in level if serial not in found]
        found.update(dict.fromkeys(fresh))
        rows = Card.objects.filter(serial__in=fresh).values_list("parents", flat=True)
        level = [parent for parents in rows for parent in parents]
    return list(found)[:MAX_ANCESTORS]


def trail(card: Card) -> list[Movement]:
    """The movements of a card and its ancestors, in the order of the log."""
    serials = [card.serial, *(ancestors(card) if card.parents else ())]
    return list(Movement.objects.filter(serial__in=serials).order_by("index", "serial"))
