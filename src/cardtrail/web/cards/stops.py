"""A card's trail for its holder: movements as stops. Other holders stay unnamed; what the brand did does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final
from uuid import UUID

from cardtrail.web.cards.acts import page_address
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.trail import Branch, Stop
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role

MOST: Final = 60
"""So many stops are drawn at first: the latest. The others come when asked for."""

PROOF: Final = "#proof"
"""Where the card's page has the check of all its entries."""

YOU: Final = Text("你", "You")
ANOTHER: Final = Text("另一位持卡人", "Another holder")
BRAND: Final = Text("发卡方", "The brand")

_ROLES: Final = {
    Role.ISSUER: BRAND,
    Role.REGULATOR: Text("监管方", "The regulator"),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The shop that a payment or refund of the viewer's was about, and the page that shows it."""

    shop: str
    url: str


@dataclass(frozen=True, slots=True)
class Named:
    """How a movement is shown, by whoever knows what it was for."""

    title: Text
    icon: str
    tone: str = "plain"


FindReceipts = Callable[[Sequence[Movement], UUID], Mapping[tuple[int, int], Receipt]]

receipts: Final[list[FindReceipts]] = []
"""Functions of higher apps, given once at the start: which movements are payments and refunds of the viewer's own, by
the entry's index and the card's serial."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of movement is shown: icon, words, tone, and the amount's sign (0: none)."""

    icon: str
    title: Text
    tone: str = "plain"
    sign: int = 0


_KINDS: Final = {
    "issue": _Kind("card", Text("发行", "Issued"), sign=1),
    "activate": _Kind("check", Text("激活", "Activated"), "good"),
    "claim": _Kind("download", Text("凭卡密领取", "Claimed by code"), "accent"),
    "transfer": _Kind("arrow-right", Text("转让", "Passed on"), "accent"),
    "hold": _Kind("gift", Text("送出，等待领取", "Given, waiting to be claimed")),
    "release": _Kind("gift", Text("礼物被领取", "Gift claimed"), "accent"),
    "return": _Kind("hand-return", Text("礼物收回", "Gift came back")),
    "redeem": _Kind("pay", Text("消费", "Paid"), sign=-1),
    "refund": _Kind("receipt", Text("退款到卡", "Refunded to the card"), "good", 1),
    "split": _Kind("split", Text("拆分", "Split")),
    "merge": _Kind("merge", Text("合并", "Merged")),
    "freeze": _Kind("snowflake", Text("冻结", "Frozen"), "bad"),
    "unfreeze": _Kind("unlock", Text("解冻", "Unfrozen"), "good"),
    "void": _Kind("cross", Text("作废", "Voided"), "bad", -1),
    "rebind": _Kind("key", Text("报失换绑，等待期开始", "Reported lost: the rebind's delay begins"), "warn"),
}

FindNames = Callable[[Sequence[Movement]], Mapping[tuple[int, int], Named]]

names: Final[list[FindNames]] = []
"""Functions of higher apps, given once at the start: how movements are shown that they know more about than the
ledger's word says, by the entry's index and the card's serial."""


def named(movements: Sequence[Movement]) -> dict[tuple[int, int], Named]:
    """Those of these movements that a higher app knows more about."""
    found: dict[tuple[int, int], Named] = {}
    for name in names:
        found |= name(movements)
    return found


_PAID: Final = Text("付给{shop}：查看回执", "To {shop}: see your receipt")
_REFUNDED: Final = Text("来自{shop}：查看回执", "From {shop}: see your receipt")

_TOGETHER: Final = {"split", "split_part", "merge", "merge_result"}


def stops(card: Card, movements: Sequence[Movement], viewer: UUID) -> list[Stop]:
    """The stops of a card's trail, the oldest first, as `viewer` may see them.

    The card's own line goes on from the first card it came from; the others join it.
    """
    groups = [list(rows) for _, rows in groupby(movements, key=lambda movement: movement.index)]
    lines = _lines(card, groups)
    own: dict[tuple[int, int], Receipt] = {}
    for find in receipts:
        own |= find(movements, viewer)
    known = named(movements)
    found = []
    for rows in groups:
        if rows[0].kind in _TOGETHER:
            found.append(_divided(rows, lines, viewer))
        else:
            for row in rows:
                place = (row.index, row.serial)
                stop = _stop(row, lines.get(row.serial, ""), viewer, own.get(place))
                found.append(_as_named(stop, known[place]) if place in known else stop)
    return found


def _lines(card: Card, groups: Sequence[Sequence[Movement]]) -> dict[int, str]:
    """The line on which each card lies: from the end back, for each card's parents are told with its beginning."""
    lines = {card.serial: ""}
    for rows in reversed(groups):
        made = [row.serial for row in rows if row.kind in {"split_part", "merge_result"}]
        parents = [row.serial for row in rows if row.kind in {"split", "merge"}]
        if not made or not parents:
            continue
        line = lines.setdefault(made[0], str(made[0]))
        lines.setdefault(parents[0], line)
        for parent in parents[1:]:
            lines.setdefault(parent, str(parent))
    return lines


def _stop(row: Movement, line: str, viewer: UUID, receipt: Receipt | None) -> Stop:
    kind = _KINDS["claim" if row.kind == "transfer" and row.hop == 1 else row.kind]
    return Stop(
        icon=kind.icon,
        title=kind.title,
        when_ms=row.time_ms,
        who=_who(row, viewer),
        sub=_to(row, viewer, receipt),
        sub_href=receipt.url if receipt is not None else "",
        amount_minor=kind.sign * row.amount_minor if kind.sign else None,
        currency=row.currency,
        tone=kind.tone,
        href=page_address("entry", row.index) or PROOF,
        proof=_proof(row),
        line=line,
    )


def _as_named(stop: Stop, name: Named) -> Stop:
    return replace(stop, title=name.title, icon=name.icon, tone=name.tone)


def _divided(rows: Sequence[Movement], lines: dict[int, str], viewer: UUID) -> Stop:
    """One stop for a split or a merge: its cards are several rows of one entry."""
    ended = [row for row in rows if row.kind in {"split", "merge"}]
    made = [row for row in rows if row.kind in {"split_part", "merge_result"}]
    first = made[0] if made else ended[0]
    kind = _KINDS["split" if first.kind.startswith("split") else "merge"]
    line = lines.get(first.serial, "")
    others = [row.serial for row in rows if lines.get(row.serial, "") not in {"", line}]
    return Stop(
        icon=kind.icon,
        title=kind.title,
        when_ms=first.time_ms,
        who=_name(first.holder_after_id, viewer),
        amount_minor=first.balance_minor if made else None,
        currency=first.currency,
        tone=kind.tone,
        href=page_address("entry", first.index) or PROOF,
        proof=_proof(first),
        line=line,
        joins=tuple(lines[serial] for serial in others) if kind is _KINDS["merge"] else (),
        branches=tuple(
            Branch(Text("尾号 {last}", "…{last}").format(last=card_number(row.serial)[-4:]))
            for row in (ended if made else ())
        ),
    )


def _who(row: Movement, viewer: UUID) -> Text:
    """Who did it: the owner before, a role, or the shop that was paid."""
    if row.by_role is not None:
        return _ROLES.get(Role(row.by_role), Text("风控方", "Risk control"))
    if row.kind in {"redeem", "refund"}:
        return _name(row.holder_before_id, viewer)
    if row.kind in {"transfer", "release"}:
        return _name(row.holder_after_id, viewer)
    return _name(row.holder_before_id, viewer)


def _to(row: Movement, viewer: UUID, receipt: Receipt | None) -> Text | str:
    if receipt is not None:
        return (_PAID if row.kind == "redeem" else _REFUNDED).format(shop=receipt.shop)
    if row.kind == "redeem":
        return Text("付给商户", "To a shop")
    if row.kind == "release" and row.holder_before_id is not None:
        return Text("来自：{who}", "From: {who}").format(who=_name(row.holder_before_id, viewer))
    return ""


def _name(holder: UUID | None, viewer: UUID) -> Text:
    return YOU if holder == viewer else ANOTHER


def _proof(row: Movement) -> tuple[tuple[Text, Text], ...]:
    balance = format_money(row.balance_minor, row.currency)
    return (
        (Text("账本记录", "Ledger entry"), Text("第 {n} 条", "No. {n}").format(n=f"{row.index:,}")),
        (Text("此后余额", "Balance afterwards"), Text(balance, balance)),
        (Text("此前转手", "Hands so far"), Text("{n} 次", "{n}").format(n=row.hop)),
    )
