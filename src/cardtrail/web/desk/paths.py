"""A card's trail as staff see it: what happened and when, and of holders only that they are holders."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from cardtrail.web.cards.stops import ANOTHER, MOST, stops
from cardtrail.web.ledger.models import Card
from cardtrail.web.ledger.trails import trail
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.trail import Stop

HOLDER: Final = Text("持卡人", "A holder")
_NOBODY: Final = UUID(int=0)
"""Whose eyes it is drawn for: of no holder in it."""


def path_of(card: Card) -> tuple[list[Stop], int]:
    """The latest stops of a card's trail, the oldest first, and how many came before them."""
    movements = trail(card)
    drawn = stops(card, movements[-MOST:], _NOBODY)
    named = [replace(stop, who=HOLDER) if stop.who == ANOTHER else stop for stop in drawn]
    return named, max(len(movements) - MOST, 0)
