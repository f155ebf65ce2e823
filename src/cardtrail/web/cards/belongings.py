"""A person's own cards, now and before, and the movements of these while they were theirs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.ui.texts import Text

PASSED_ON: Final = "passed_on"
"""The state of a card that is not theirs any more: what became of it since is its holder's business."""

KINDS: Final = {
    "issue": Text("发行", "Issued"),
    "activate": Text("激活", "Activated"),
    "claim": Text("凭卡密领取", "Claimed by code"),
    "transfer": Text("转让", "Passed on"),
    "hold": Text("送出，等待领取", "Given, waiting to be claimed"),
    "release": Text("领取", "Claimed"),
    "return": Text("收回", "Came back"),
    "redeem": Text("消费", "Paid"),
    "refund": Text("退款", "Refunded"),
    "split": Text("拆分", "Split"),
    "split_part": Text("拆出的新卡", "A part of a split"),
    "merge": Text("合并", "Merged"),
    "merge_result": Text("合并成的新卡", "The card of a merge"),
    "freeze": Text("冻结", "Frozen"),
    "unfreeze": Text("解冻", "Unfrozen"),
    "void": Text("作废", "Voided"),
    "rebind": Text("报失换绑", "Rebind begun"),
}
"""Kinds of movements in words."""


def kind_words(movement: Movement) -> Text:
    """What happened, in words. A card's first change of owner is a claim by its code."""
    claimed = movement.kind == "transfer" and movement.hop == 1
    return KINDS["claim" if claimed else movement.kind]


def movements_of(person: Person) -> QuerySet[Movement]:
    """What happened to cards while they were the person's, that made them so or ended it; the latest first."""
    mine = Q(holder_before=person) | Q(holder_after=person)
    return Movement.objects.filter(mine).order_by("-index", "serial")


def is_own(person: Person, serial: int, index: int) -> bool:
    """Whether an entry is one of the person's own movements of a card."""
    return movements_of(person).filter(serial=serial, index=index).exists()


def serials_of(person: Person) -> list[int]:
    """Cards that are the person's or were, the latest first."""
    found: dict[int, None] = dict.fromkeys(movements_of(person).values_list("serial", flat=True))
    return list(found)


def left_with(person: Person, serials: Iterable[int]) -> dict[int, int]:
    """For cards that are not the person's any more: the balance with which each last left them."""
    rows = (
        movements_of(person)
        .filter(serial__in=list(serials), holder_before=person)
        .exclude(holder_after=person)
    )
    return dict(rows.order_by("index").values_list("serial", "balance_minor"))


def cards_by_serial(serials: Iterable[int]) -> dict[int, Card]:
    """The cards with their products."""
    return Card.objects.select_related("product").in_bulk(list(serials))
