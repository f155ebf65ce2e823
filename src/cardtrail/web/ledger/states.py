"""How a card stands, in one word for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import HoldKind, Status

if TYPE_CHECKING:
    from cardtrail.web.ledger.models import Card

STATES: dict[str, Text] = {
    "inactive": Text("未激活", "Not active yet"),
    "active": Text("可使用", "Ready to use"),
    "empty": Text("已用完", "Used up"),
    "frozen": Text("已冻结", "Frozen"),
    "held": Text("已送出，待领取", "Given, not yet claimed"),
    "sale": Text("出售中", "On sale"),
    "rebind": Text("换绑等待期", "Being rebound"),
    "expired": Text("已到期", "Expired"),
    "void": Text("已作废", "Void"),
    "split": Text("已拆分", "Split"),
    "merged": Text("已合并", "Merged"),
}
"""Every state with its words."""

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
        return _HELD[HoldKind(card.hold_kind)]
    return "active" if card.balance_minor else "empty"
