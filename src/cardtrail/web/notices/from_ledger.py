"""Every change to somebody's cards, in words: from the ledger's movements to notices, in the projection's transaction.

So that a notice is there exactly when its movement is, and once: its key is the entry and the card.
"""

from __future__ import annotations

from collections.abc import Sequence

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Movement
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

_OWNERS: dict[str, tuple[str, Text]] = {
    "hold": (
        "gifts.held",
        Text("尾号 {last} 的卡已锁定，等待对方领取。", "Card …{last} is set aside until it is claimed."),
    ),
    "return": (
        "gifts.returned",
        Text(
            "尾号 {last} 的卡已解除锁定，仍归你所有。",
            "Card …{last} is no longer set aside and is yours as before.",
        ),
    ),
    "redeem": (
        "payments.redeemed",
        Text(
            "尾号 {last} 的卡消费 {amount}，余额 {balance}。",
            "Card …{last} paid {amount}; {balance} is left.",
        ),
    ),
    "refund": (
        "payments.refunded",
        Text(
            "{amount} 已退回尾号 {last} 的卡，余额 {balance}。",
            "{amount} came back to card …{last}; its balance is {balance}.",
        ),
    ),
    "split": ("cards.split", Text("尾号 {last} 的卡已拆分。", "Card …{last} was split.")),
    "merge": (
        "cards.merged",
        Text("尾号 {last} 的卡已并入另一张卡。", "Card …{last} became part of another card."),
    ),
    "activate": (
        "cards.activated",
        Text(
            "尾号 {last} 的卡已重新激活，余额 {balance}。",
            "Card …{last} was re-activated; its balance is {balance}.",
        ),
    ),
    "freeze": (
        "cards.frozen",
        Text(
            "尾号 {last} 的卡已冻结。卡片页写明原因和申诉方法。",
            "Card …{last} was frozen. Its page says why and how to appeal.",
        ),
    ),
    "unfreeze": (
        "cards.unfrozen",
        Text(
            "尾号 {last} 的卡已解冻，可以正常使用。",
            "Card …{last} is no longer frozen; you can use it as before.",
        ),
    ),
    "void": (
        "cards.voided",
        Text(
            "尾号 {last} 的卡已由发卡方作废，作废前余额 {amount}。",
            "Card …{last} was voided by its issuer; its balance was {amount}.",
        ),
    ),
    "rebind": (
        "cards.rebind",
        Text(
            "有人报失了尾号 {last} 的卡并申请换绑。如果卡没有丢，请尽快到卡片页提出异议。",
            "Somebody reported card …{last} lost and wants it rebound. If it is not lost, object on its page soon.",
        ),
    ),
}
"""What the owner of a card is told, by kind of movement."""

_LEFT = Text("尾号 {last} 的卡已转到他人名下。", "Card …{last} now belongs to somebody else.")
_CAME = Text(
    "一张卡已到你名下：尾号 {last}，余额 {balance}。", "A card is now yours: …{last}, with {balance} on it."
)


def tell_of(movements: Sequence[Movement]) -> None:
    """Tell everybody concerned. Called with each page of movements."""
    ids = {id for movement in movements for id in (movement.holder_before_id, movement.holder_after_id) if id}
    if not ids:
        return
    people = Person.objects.in_bulk(ids)
    for movement in movements:
        before = people.get(movement.holder_before_id)
        after = people.get(movement.holder_after_id)
        if before != after:
            _tell_both(movement, before, after)
        elif after is not None and movement.kind in _OWNERS:
            kind, text = _OWNERS[movement.kind]
            _tell(after, kind, text, movement, "")


def _tell_both(movement: Movement, before: Person | None, after: Person | None) -> None:
    if before is not None:
        _tell(before, "cards.left", _LEFT, movement, "/left")
    if after is not None and movement.kind in {"transfer", "release"}:
        _tell(after, "cards.came", _CAME, movement, "/came")


def _tell(person: Person, kind: str, text: Text, movement: Movement, which: str) -> None:
    number = card_number(movement.serial)
    notify(
        person,
        kind,
        key=f"entry/{movement.index}/card/{movement.serial}{which}",
        text=text.format(
            last=number[-4:],
            amount=format_money(movement.amount_minor, movement.currency),
            balance=format_money(movement.balance_minor, movement.currency),
        ),
        serial=movement.serial,
        url=f"/cards/{number}/",
        entry=movement.index,
        at_ms=movement.time_ms,
    )
