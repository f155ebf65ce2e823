"""How a card stands, in one word for people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import HoldKind, Status
from cardtrail.wire.roles import Role

if TYPE_CHECKING:
    from cardtrail.web.ledger.models import Card

STATES: dict[str, Text] = {
    "inactive": Text("未激活", "Not active yet"),
    "active": Text("可使用", "Ready to use"),
    "empty": Text("已用完", "Used up"),
    "frozen": Text("已冻结", "Frozen"),
    "held": Text("已送出，待领取", "Given, not yet claimed"),
    "sale": Text("出售中", "On sale"),
    "escrow": Text("交易中", "In escrow"),
    "dispute": Text("争议中", "In dispute"),
    "handed_in": Text("交回品牌中", "Being handed in"),
    "rebind": Text("换绑等待期", "Being rebound"),
    "expired": Text("已到期", "Expired"),
    "void": Text("已作废", "Void"),
    "split": Text("已拆分", "Split"),
    "merged": Text("已合并", "Merged"),
}
"""Every state with its words."""

SALE: Final = "sale"
"""The one state that the ledger cannot tell apart: a card that its settler holds may be on sale, kept for an order, or
set aside in a dispute."""

TellApart = Callable[[Collection[int]], Mapping[int, str]]

tell_apart: Final[list[TellApart]] = []
"""Functions of higher apps, given once at the start: which of some cards on `SALE` are in `escrow` or in `dispute`, by
serial."""

_DEAD = {Status.VOID: "void", Status.SPLIT: "split", Status.MERGED: "merged"}
_HELD = {HoldKind.GIFT: "held", HoldKind.SALE: "sale", HoldKind.REBIND: "rebind"}


def state_of(card: Card, now_ms: int) -> str:
    """The one word: what ends it comes before what stops it, and that before what it waits for."""
    status = Status(card.status)
    if status in _DEAD:
        return _DEAD[status]
    if card.frozen_by is not None:
        return "frozen"
    if status is Status.INACTIVE:
        return "inactive"
    if card.expires_ms is not None and now_ms > card.expires_ms:
        return "expired"
    if card.hold_kind is not None:
        return "handed_in" if card.hold_role == Role.ISSUER else _HELD[HoldKind(card.hold_kind)]
    return "active" if card.balance_minor else "empty"


def told_apart(cards: Iterable[Card]) -> None:
    """Find out once, for all the cards of a page, what each `SALE` is. A card that was not asked about finds out for
    itself as soon as it is shown."""
    on_sale = [card for card in cards if card.state == SALE]
    if not on_sale:
        return
    known: dict[int, str] = {}
    for tell in tell_apart:
        known |= tell([card.serial for card in on_sale])
    for card in on_sale:
        card.sale = known.get(card.serial, SALE)
