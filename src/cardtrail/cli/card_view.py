"""A card drawn as a card, and its state in a word."""

from __future__ import annotations

from rich import box
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cardtrail.cli.out import local_time, visible
from cardtrail.cli.results import number_of
from cardtrail.wire.cards import Card, HoldKind, Status
from cardtrail.wire.money import format_money
from cardtrail.wire.products import Product

WIDTH = 48

_STATES = {
    Status.INACTIVE: "not active 未激活",
    Status.VOID: "void 已作废",
    Status.SPLIT: "split 已拆分",
    Status.MERGED: "merged 已合并",
}
HOLDS = {
    HoldKind.GIFT: "gift waiting 待领取",
    HoldKind.SALE: "for sale 出售中",
    HoldKind.REBIND: "reported lost 换绑中",
}
_COLOURS = {"active 可用": "green"}


def state_of(card: Card, now_ms: int) -> str:
    """The one thing about a card that matters now."""
    if card.status in _STATES:
        return _STATES[card.status]
    if card.frozen_by is not None:
        return "frozen 已冻结"
    if card.expires_ms is not None and now_ms > card.expires_ms:
        return "expired 已过期"
    return "active 可用" if card.hold is None else HOLDS[card.hold.kind]


def draw_card(card: Card, product: Product, now_ms: int, *, yours: bool | None) -> Panel:
    """A card: product, balance large, number, state as a ribbon.

    yours   whether a wallet that was named owns it; none: no wallet was named
    """
    currency = product.terms.currency
    state = state_of(card, now_ms)
    colour = _COLOURS.get(state, "yellow" if not card.dead else "red")
    inside = Table.grid(expand=True)
    inside.add_column(justify="left")
    inside.add_column(justify="right", no_wrap=True)
    inside.add_row(Text(visible(product.name), style="bold"), Text(f" {state} ", style=f"reverse {colour}"))
    inside.add_row()
    face = f"of {format_money(card.face_minor, currency)}"
    inside.add_row(
        Text(format_money(card.balance_minor, currency), style="bold cyan"), Text(face, style="dim")
    )
    inside.add_row()
    owner = {None: "", True: "yours 归你", False: "not yours 非你所有"}[yours]
    inside.add_row(Text(number_of(card.serial)), Text(owner, style="bold" if yours else "dim"))
    return Panel(inside, box=box.ROUNDED, width=WIDTH, border_style=colour)


def facts_of(card: Card, product: Product) -> list[tuple[str, str]]:
    """The rest, in pairs of name and value."""
    currency = product.terms.currency
    facts = [("serial 编号", str(card.serial)), ("owner key 持有密钥", f"{card.owner.hex()[:16]}…")]
    if card.hop:
        facts.append(("owner changed 转手", f"{card.hop}×"))
    if card.activated_ms is not None:
        facts.append(("activated 激活", local_time(card.activated_ms)))
    if card.expires_ms is not None:
        facts.append(("valid until 有效期至", local_time(card.expires_ms)))
    if card.hold is not None:
        held = card.hold
        facts.append(("set aside until 锁定至", local_time(held.until_ms)))
        if held.price_minor is not None:
            facts.append(("asking price 售价", format_money(held.price_minor, currency)))
    if card.frozen_by is not None:
        facts.append(("frozen by 冻结方", card.frozen_by.name.lower()))
    if card.parents:
        facts.append(("made from 来自", ", ".join(map(number_of, card.parents))))
    facts.append(("last entry 最近条目", str(card.entry)))
    return facts
