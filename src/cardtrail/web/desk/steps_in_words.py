"""What a request stands for, in words: which steps, for how many cards, and about how much money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.desk.stock import CodeChunk
from cardtrail.web.ledger.models import Card, Movement, Product
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

STEPS: Final = {
    "define": Text("定义产品", "Define a product"),
    "issue": Text("发行", "Issue"),
    "issue_imported": Text("发行旧卡", "Issue old cards"),
    "activate": Text("激活", "Activate"),
    "spend_imported": Text("扣除旧卡已用的金额", "Take off what was spent on old cards"),
    "freeze": Text("冻结", "Freeze"),
    "unfreeze": Text("解冻", "Unfreeze"),
    "void": Text("作废", "Void"),
    "rebind": Text("换绑", "Rebind"),
    "refund": Text("退款到卡", "Refund to the card"),
}
"""Kinds of actions, in words."""

OTHER: Final = Text("其他步骤", "Another step")

_CARDS: Final = Text("{step}：{n} 张卡", "{step}: {n} cards")
_CARD: Final = Text("{step}：1 张卡", "{step}: 1 card")
_MONEY: Final = Text("{cards}，合计 {sum}", "{cards}, {sum} in all")
_MONEY_ONE: Final = Text("{cards}，{sum}", "{cards}, {sum}")
_NAMED: Final = Text("{step}：{name}", "{step}: {name}")


@dataclass(slots=True)
class _Sum:
    """All steps of one kind together."""

    cards: int = 0
    amounts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    names: list[str] = field(default_factory=list)


def step_word(kind: str) -> Text:
    """One kind of step."""
    return STEPS.get(kind, OTHER)


def in_words(confirmation: Confirmation) -> list[Text]:
    """One line for each kind of step, in the order in which they begin."""
    sums: dict[str, _Sum] = {}
    actions = list(confirmation.actions.order_by("place").defer("raw", "sealed", "envelope"))
    known = _Known.about(actions)
    for action in actions:
        known.add(action, sums.setdefault(action.kind, _Sum()))
    only = {currency for each in sums.values() for currency in each.amounts} - {""}
    return [_line(kind, each, next(iter(only)) if len(only) == 1 else "") for kind, each in sums.items()]


def _line(kind: str, each: _Sum, only: str) -> Text:
    """`only`: the one currency that the request is about, for cards that do not exist yet."""
    if each.names:
        return _NAMED.format(step=step_word(kind), name="、".join(each.names))
    if only and "" in each.amounts:
        each.amounts[only] += each.amounts.pop("")
    if not each.cards:
        return step_word(kind)
    cards = (_CARD if each.cards == 1 else _CARDS).format(step=step_word(kind), n=f"{each.cards:,}")
    amounts = " + ".join(
        format_money(amount, currency) for currency, amount in each.amounts.items() if currency
    )
    if not amounts:
        return cards
    return (_MONEY_ONE if each.cards == 1 else _MONEY).format(cards=cards, sum=amounts)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the projection and the batches know of the actions' cards.

    moved   what the ledger took off or put on, by entry and card: a card that was voided has nothing on it any more
    """

    cards: dict[int, Card]
    counts: dict[object, int]
    products: dict[int, Product]
    moved: dict[tuple[int | None, int | None], int]

    @classmethod
    def about(cls, actions: Iterable[Action]) -> _Known:
        actions = list(actions)
        serials = {action.serial for action in actions} | {
            action.parameters.get("first_serial") for action in actions
        }
        entries = {
            action.entry_index
            for action in actions
            if action.kind == "void" and action.entry_index is not None
        }
        products = {action.parameters.get("product") for action in actions}
        return cls(
            Card.objects.in_bulk([serial for serial in serials if serial is not None]),
            dict(CodeChunk.objects.filter(action__in=actions).values_list("action_id", "count")),
            Product.objects.in_bulk([product for product in products if product is not None]),
            {
                (row.index, row.serial): row.amount_minor
                for row in Movement.objects.filter(index__in=entries, kind="void")
            },
        )

    def add(self, action: Action, to: _Sum) -> None:
        """Count one action in."""
        given = action.parameters
        if action.kind == "define":
            to.names.append(str(given.get("name", "")))
            return
        cards = self.counts.get(action.pk) or given.get("count") or int(action.serial is not None)
        to.cards += cards
        product = self.products.get(given.get("product", -1))
        card = self.cards.get(action.serial if action.serial is not None else given.get("first_serial", -1))
        if product is not None:
            to.amounts[product.terms.currency] += given.get("face_minor", 0) * cards
        elif "amount_minor" in given:
            to.amounts["" if card is None else card.currency] += given["amount_minor"]
        elif card is not None:
            moved = self.moved.get((action.entry_index, action.serial))
            to.amounts[card.currency] += card.balance_minor if moved is None else moved
