"""What the ledger says of orders' cards, by whichever way it came: its entries as the projection takes them in, in the
projection's transaction; and refusals of orders' own actions, in the transaction that settles them.

An order hears that its card was delivered from the entry, not from whoever had it delivered: so it does not matter who
was killed on the way back from the ledger.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cardtrail.deals.events import (
    AnyEvent,
    AsideEnded,
    CardUnusable,
    CardUsed,
    Delivered,
    Frozen,
    GivenBack,
    SetAside,
    Unfrozen,
)
from cardtrail.deals.regions import CardAt
from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.models import Movement
from cardtrail.web.notices.tell import News
from cardtrail.web.orders.apart import apart
from cardtrail.web.orders.deciding import lock, take, take_locked
from cardtrail.web.orders.ledger_side import STOP, refusal
from cardtrail.web.orders.models import Deal

log = logging.getLogger(__name__)

TOGETHER: Final = 500
RESERVED: Final = frozenset(("held", "sending"))
ASIDE: Final = frozenset(("aside", "ending_aside"))

_STOPPED: Final = {
    "freeze": "card_frozen",
    "void": "card_dead",
    "rebind": "rebind_pending",
    "return": "card_not_held",
}
"""What stops a card that is kept for an order, in the ledger's words."""


@dataclass(slots=True)
class Watcher:
    """What has to be known of an order to understand a movement of its card."""

    deal_id: UUID
    serial: int
    card: str
    seller_id: UUID
    buyer_id: UUID
    held: bytes
    aside: bytes


def follow(movements: Sequence[Movement]) -> list[News]:
    """Take in a page of movements, in its transaction; gives what people are to be told of it. An order that cannot
    take its own keeps nobody else waiting."""
    watchers = _watchers({movement.serial for movement in movements})
    told: list[News] = []
    for movement in movements:
        for watcher in watchers.get(movement.serial, ()):
            event = news(movement, watcher)
            if event is not None:
                told += _told(watcher, event, movement.index)
    return told


def _told(watcher: Watcher, event: AnyEvent, entry: int) -> list[News]:
    """What people are to be told of it; nothing where the order could not take it."""
    told: list[News] = []

    def take_in() -> None:
        watcher.card = take_locked(lock(watcher.deal_id), event, tell=told.extend).order.card.value

    return told if apart(take_in, deal=watcher.deal_id, entry=entry) else []


def settled(action: Action) -> None:
    """Hook: one of an order's actions has ended. What it did is told by its entry; that it was refused is told here."""
    if action.state != Action.State.REFUSED:
        return
    deal_id, event = _deal_of(action), refusal(action)
    if deal_id is not None and event is not None:
        take(deal_id, event)


def news(movement: Movement, watcher: Watcher) -> AnyEvent | None:
    """What a movement of its card is to an order; none if it is nothing to it."""
    kind, card = movement.kind, watcher.card
    if card in RESERVED:
        if kind == "release" and bytes(movement.reference or b"") == watcher.held:
            mine = movement.holder_after_id == watcher.buyer_id
            return Delivered(movement.balance_minor) if mine else CardUnusable("passed_on")
        return CardUnusable(_STOPPED[kind]) if kind in _STOPPED else None
    if kind == "hold":
        is_aside = card == CardAt.SETTING_ASIDE.value and bytes(movement.reference or b"") == watcher.aside
        return SetAside() if is_aside else None
    if kind == "freeze":
        return Frozen() if card == CardAt.FREEZING.value else None
    if kind == "unfreeze":
        return Unfrozen() if card == CardAt.FROZEN.value else None
    if kind == "return":
        return AsideEnded() if card in ASIDE else None
    if kind == "redeem":
        return CardUsed("redeemed")
    if kind in {"split", "merge"}:
        return CardUsed("divided")
    if kind in {"transfer", "release"} and movement.holder_after_id != watcher.buyer_id:
        given_back = card != CardAt.BUYERS.value and movement.holder_after_id == watcher.seller_id
        return GivenBack() if given_back else CardUsed("passed_on")
    return None


def _watchers(serials: set[int]) -> dict[int, list[Watcher]]:
    found: dict[int, list[Watcher]] = {}
    wanted = sorted(serials)
    for start in range(0, len(wanted), TOGETHER):
        rows = Deal.objects.filter(watches=True, serial__in=wanted[start : start + TOGETHER])
        for row in rows.order_by("opened_ms", "pk").values_list(
            "pk", "serial", "card", "seller_id", "buyer_id", "held_by__evidence", "disputed_by__evidence"
        ):
            watcher = Watcher(*row[:5], bytes(row[5]), bytes(row[6] or b""))
            found.setdefault(watcher.serial, []).append(watcher)
    return found


def _deal_of(action: Action) -> UUID | None:
    if action.confirmation.purpose == STOP:
        return UUID(action.parameters["deal"]) if "deal" in action.parameters else None
    if action.kind == "deliver":
        rows = Deal.objects.filter(delivery_id=action.id)
    else:
        rows = Deal.objects.filter(disputed_by_id=action.confirmation_id)
    return rows.values_list("pk", flat=True).first()
