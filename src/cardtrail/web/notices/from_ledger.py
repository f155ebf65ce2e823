"""Every change to somebody's cards, in words: from the ledger's movements to notices, in the projection's transaction.

So that a notice is there exactly when its movement is, and once: its key is the entry and the card. Where several
movements are one thing to their owner, a higher app says so (`together`), and there is one notice for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cardtrail.web.ledger.models import Movement
from cardtrail.web.notices.models import OF_CONFIRMATION
from cardtrail.web.notices.tell import News, notify_all
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money
from cardtrail.wire.roles import Role


@dataclass(frozen=True, slots=True)
class Together:
    """One thing to its owner that the ledger tells as several movements.

    confirmation  what the owner confirmed: its cards are those that "this was not me" stops
    what          names the thing among those of the confirmation
    text          what the owner is told; it names no single card
    """

    confirmation: UUID
    what: str
    text: Text
    url: str


FindTogether = Callable[[Sequence[Movement]], Mapping[tuple[int, int], Together]]

together: Final[list[FindTogether]] = []
"""Functions of higher apps, given once at the start: which of a page's movements belong to one thing, by the entry's
index and the card's serial."""

FindNews = Callable[[Sequence[Movement]], Sequence[News]]

besides: Final[list[FindNews]] = []
"""Functions of higher apps, given once at the start: they take a page's movements in, in its transaction, and say what
people are to be told of it. That is written with the rest."""

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

_IN_A_SALE: dict[str, tuple[str, Text]] = {
    "hold": (
        "market.held",
        Text(
            "尾号 {last} 的卡已锁定，直到这笔买卖有结果。",
            "Card …{last} is set aside until this sale is settled.",
        ),
    ),
    "return": (
        "market.returned",
        Text(
            "尾号 {last} 的卡已解除锁定，归你使用。",
            "Card …{last} is no longer set aside and is yours to use.",
        ),
    ),
}
"""The same of a card that is set aside for the settler: on sale, or while a dispute lasts."""

_LEFT = Text("尾号 {last} 的卡已转到他人名下。", "Card …{last} now belongs to somebody else.")
_CAME = Text(
    "一张卡已到你名下：尾号 {last}，余额 {balance}。", "A card is now yours: …{last}, with {balance} on it."
)


def tell_of(movements: Sequence[Movement]) -> None:
    """Tell everybody concerned. Called with each page of movements."""
    notify_all([*_to_holders(movements), *(news for find in besides for news in find(movements))])


def _to_holders(movements: Sequence[Movement]) -> list[News]:
    if not any(movement.holder_before_id or movement.holder_after_id for movement in movements):
        return []
    one: dict[tuple[int, int], Together] = {}
    for find in together:
        one |= find(movements)
    return [news for movement in movements for news in _of(movement, one)]


def _of(movement: Movement, one: Mapping[tuple[int, int], Together]) -> Iterator[News]:
    before, after = movement.holder_before_id, movement.holder_after_id
    if before != after:
        yield from _both(movement, before, after)
    elif after is not None and movement.kind in _OWNERS:
        kind, text = _words(movement)
        whole = one.get((movement.index, movement.serial))
        yield _news(after, kind, text, movement, "") if whole is None else _once(after, kind, whole, movement)


def _words(movement: Movement) -> tuple[str, Text]:
    if movement.hold_role == Role.SETTLER and movement.kind in _IN_A_SALE:
        return _IN_A_SALE[movement.kind]
    return _OWNERS[movement.kind]


def _both(movement: Movement, before: UUID | None, after: UUID | None) -> Iterator[News]:
    if before is not None:
        yield _news(before, "cards.left", _LEFT, movement, "/left")
    if after is not None and movement.kind in {"transfer", "release"}:
        yield _news(after, "cards.came", _CAME, movement, "/came")


def _once(person_id: UUID, kind: str, whole: Together, movement: Movement) -> News:
    return News(
        person_id=person_id,
        kind=kind,
        key=f"{OF_CONFIRMATION}{whole.confirmation}/{whole.what}",
        text=whole.text,
        url=whole.url,
        at_ms=movement.time_ms,
    )


def _news(person_id: UUID, kind: str, text: Text, movement: Movement, which: str) -> News:
    number = card_number(movement.serial)
    return News(
        person_id=person_id,
        kind=kind,
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
