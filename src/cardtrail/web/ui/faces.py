"""How a card is drawn: the same everywhere, so that people recognise it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

HUES: Final = ("ink", "cinnabar", "jade", "indigo", "plum", "umber", "slate", "rose")
"""The colours that a product's cards can have; a product without one takes the one of its number."""

LONG_AMOUNT: Final = 12
"""From so many characters on, an amount is drawn smaller."""


@dataclass(frozen=True, slots=True)
class State:
    """What state a card is in, for people: word, tone, icon, and whether the card can still be used."""

    word: Text
    tone: str
    icon: str
    usable: bool


STATES: Final = {
    "inactive": State(Text("未激活", "Not active yet"), "plain", "pause", False),
    "active": State(Text("可用", "Ready"), "good", "check", True),
    "frozen": State(Text("已冻结", "Frozen"), "bad", "snowflake", False),
    "held": State(Text("赠送中", "Being given"), "warn", "gift", False),
    "sale": State(Text("出售中", "On sale"), "warn", "sale", False),
    "escrow": State(Text("交易中", "In escrow"), "warn", "lock", False),
    "dispute": State(Text("争议中", "In dispute"), "bad", "dispute", False),
    "handed_in": State(Text("交回品牌中", "Being handed in"), "warn", "brand-return", False),
    "rebind": State(Text("换绑中", "Being rebound"), "warn", "key", False),
    "expired": State(Text("已到期", "Expired"), "bad", "clock", False),
    "empty": State(Text("已用完", "Used up"), "plain", "check", False),
    "void": State(Text("已作废", "Void"), "bad", "cross", False),
    "split": State(Text("已拆分", "Split"), "plain", "split", False),
    "merged": State(Text("已合并", "Merged"), "plain", "merge", False),
}


def state_of(card: Any) -> State:
    """The state of a card, or of a state's own name. Raises `KeyError` for a name that is none."""
    return STATES[_state_name(card)]


def _state_name(card: Any) -> str:
    """The card's state for people where it has one of its own for them, else the ledger's."""
    if isinstance(card, str):
        return card
    return str(getattr(card, "shown_state", card.state))


def hue_of(card: Any) -> str:
    """The colour of a card: its product's, else one by the product's number."""
    product = getattr(card, "product", None)
    hue = getattr(product, "hue", "")
    if hue in HUES:
        return str(hue)
    return HUES[int(getattr(card, "product_id", 0) or 0) % len(HUES)]


def face(card: Any, brand: str) -> dict[str, object]:
    """What the drawing of a card shows.

    The card has `serial`, `currency`, `face_minor`, `balance_minor`, `state`, `expires_ms`, and a `product` with
    a `name`; a product may name its `hue`."""
    name = _state_name(card)
    state = STATES[name]
    balance = format_money(card.balance_minor, card.currency)
    return {
        "brand": brand,
        "product": str(getattr(getattr(card, "product", None), "name", "") or ""),
        "hue": hue_of(card),
        "state": state,
        "state_name": name,
        "ribbon": name != "active",
        "balance": balance,
        "long": len(balance) >= LONG_AMOUNT,
        "whole": format_money(card.face_minor, card.currency)
        if card.face_minor != card.balance_minor
        else "",
        "serial": card.serial,
        "expires_ms": card.expires_ms,
    }
