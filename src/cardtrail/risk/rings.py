"""Sales that only look like trade: a card that comes back to somebody who had it, and two who sell to each other.

They earn no record and set no price. Whether anybody meant harm is for people to say; here nothing is punished.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cardtrail.risk.value import DAY_MS, Value

WITHIN_MS: Final = 30 * DAY_MS
"""How far apart two sales may be to belong to one round. Ours."""


class Traded(Value):
    """A completed sale. The other fields are any names that stay the same.

    card   the card, or the one that it was split or merged from
    """

    id: str
    card: str
    seller: str
    buyer: str
    at_ms: int


def hollow(sales: Iterable[Traded], within_ms: int = WITHIN_MS) -> frozenset[str]:
    """The ids of sales that say nothing about anybody: parts of a card's round trip, and both directions of a pair."""
    ordered = sorted(sales, key=lambda sale: (sale.at_ms, sale.id))
    return frozenset(_round_trips(ordered, within_ms) | _pairs(ordered, within_ms))


def _round_trips(ordered: list[Traded], within_ms: int) -> set[str]:
    """From a holder of a card back to them: every sale in between."""
    found: set[str] = set()
    ways: dict[str, list[Traded]] = {}
    for sale in ordered:
        way = [one for one in ways.get(sale.card, []) if sale.at_ms - one.at_ms <= within_ms]
        way.append(sale)
        ways[sale.card] = way
        starts = [place for place, one in enumerate(way) if one.seller == sale.buyer]
        if starts:
            found |= {one.id for one in way[starts[0] :]}
    return found


def _pairs(ordered: list[Traded], within_ms: int) -> set[str]:
    """Sales from one to the other and back, of whatever cards."""
    found: set[str] = set()
    between: dict[tuple[str, str], list[Traded]] = {}
    for sale in ordered:
        back = between.get((sale.buyer, sale.seller), [])
        answered = [one.id for one in back if sale.at_ms - one.at_ms <= within_ms]
        if answered:
            found |= {sale.id, *answered}
            # The others are found or too old by now; only the latest can still answer a later sale.
            del back[:-1]
        between.setdefault((sale.seller, sale.buyer), []).append(sale)
    return found
