"""What a holder can do with a card now: one tile for each thing, and only the things that are possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse

from cardtrail.web.cards.giving import hindrance
from cardtrail.web.cards.losing import is_wanted
from cardtrail.web.cards.stopping import can_stop
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.wire.products import Terms, Transferable

Possible = Callable[[Card, Terms, int], bool]


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do with a card.

    name      the page's name in `reverse`; a page that is not there is not offered
    possible  whether it makes sense for this card, its terms, at this moment
    """

    name: str
    icon: str
    title: Text
    possible: Possible


@dataclass(frozen=True, slots=True)
class Tile:
    """An act that can be done now."""

    icon: str
    title: Text
    url: str


def _usable(card: Card, terms: Terms, now_ms: int) -> bool:
    return card.state == "active"


def _stoppable(card: Card, terms: Terms, now_ms: int) -> bool:
    # Of a wanted card, who has it objects: stopping it would not help. An expired one is of no use to anybody as it is.
    return can_stop(card) and card.state != "expired" and not is_wanted(card)


ACTS: Final = (
    Act("pay", "pay", Text("付款", "Pay"), _usable),
    Act(
        "give",
        "gift",
        Text("赠送", "Give"),
        lambda card, terms, now_ms: hindrance(card, terms, now_ms) is None,
    ),
    Act(
        "split",
        "split",
        Text("拆分", "Split"),
        lambda card, terms, now_ms: terms.split and card.state == "active",
    ),
    Act(
        "merge",
        "merge",
        Text("合并", "Merge"),
        lambda card, terms, now_ms: terms.merge and card.state == "active",
    ),
    Act(
        "market:sell_card",
        "sale",
        Text("出售", "Sell"),
        lambda card, terms, now_ms: (
            terms.transferable is Transferable.SALE and hindrance(card, terms, now_ms) is None
        ),
    ),
    Act("returns:card", "brand-return", Text("交回", "Return"), _usable),
    Act("stop", "lock", Text("停用", "Stop"), _stoppable),
)
"""All acts, in the order in which they are shown."""


def tiles(card: Card, terms: Terms, now_ms: int) -> list[Tile]:
    """What can be done with a card now."""
    offered = (
        (act, page_address(act.name, card.serial)) for act in ACTS if act.possible(card, terms, now_ms)
    )
    return [Tile(act.icon, act.title, url) for act, url in offered if url]


def page_address(name: str, *args: object) -> str:
    """The address of a page that another app may own; empty if there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
