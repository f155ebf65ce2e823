"""What an order has the ledger do: the waiting actions of both sides are let go or dropped, a card is frozen.

All of this happens in the decision's transaction, by rows alone. The actions themselves are the outbox: `perform` or
the worker does them, once, whatever is killed.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from cardtrail.deals.effects import Freeze, Unfreeze
from cardtrail.deals.events import (
    AnyEvent,
    AsideEndRefused,
    DeliveryRefused,
    FreezeRefused,
    GiveBackRefused,
    SetAsideRefused,
)
from cardtrail.web.actions.confirm import Witness, confirm
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.orders import Order
from cardtrail.web.actions.waiting import drop, let_this_go
from cardtrail.web.ledger.models import Movement
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.texts import Text

BUY: Final = "buy"
DISPUTE: Final = "dispute"
STOP: Final = "order_stop"
"""Purposes of the confirmations behind an order's actions."""

SYSTEM: Final = Witness(None, "zh-hans", bytes(32), "orders", "", "", "consequence")
"""Nobody confirms anew that a card is frozen: it follows from a dispute or a chargeback, which the text names."""

Waiting = Literal["deliver", "set_aside", "give_up", "end_sale"]

_DELIVERY: Final = Deal._meta.get_field("delivery")

_WHY: Final = {"dispute": "request", "chargeback": "chargeback"}
_FROZEN: Final = {
    "dispute": Text(
        "订单 {number} 有争议，且卡片无法锁定：先予冻结，待处理。",
        "Order {number} is disputed and its card cannot be set aside: it is frozen until that is decided.",
    ),
    "chargeback": Text(
        "订单 {number} 的付款被银行撤回：冻结该卡。",
        "The payment of order {number} was called back: the card is frozen.",
    ),
}
_LET_ON: Final = Text(
    "订单 {number} 已处理完毕：解冻该卡。", "Order {number} is settled: the card may go on."
)
_REFUSED: Final[dict[str, type[DeliveryRefused | SetAsideRefused | GiveBackRefused | AsideEndRefused]]] = {
    "deliver": DeliveryRefused,
    "set_aside": SetAsideRefused,
    "give_up": GiveBackRefused,
    "end_sale": AsideEndRefused,
}


def waiting(deal: Deal, kind: Waiting) -> Action | None:
    """The action of this kind that one side has confirmed for the order."""
    if kind == "deliver":
        return Action.objects.select_related("confirmation").get(id=deal.delivery_id)
    if deal.disputed_by_id is None:
        return None
    rows = Action.objects.select_related("confirmation")
    return rows.filter(confirmation_id=deal.disputed_by_id, kind=kind).first()


def release(deal: Deal, kind: Waiting) -> UUID | None:
    """Let a waiting action go; gives its confirmation, to be performed after the commit."""
    # What never changes of an action is enough here: it does not matter when it was read.
    action = deal.delivery if kind == "deliver" and _DELIVERY.is_cached(deal) else waiting(deal, kind)
    if action is None:
        return None
    let_this_go(action)
    return action.confirmation_id


def discard(deal: Deal, kinds: Iterable[Waiting]) -> None:
    """Nothing comes of these, as far as they were not signed."""
    for kind in kinds:
        if kind == "deliver":
            drop(deal.delivery_id)
            continue
        action = waiting(deal, kind)
        if action is not None:
            drop(action.id)


def stop(deal: Deal, effect: Freeze | Unfreeze) -> UUID:
    """Have the issuer freeze the card, or let it go on; gives the confirmation. Decided again, it is the same one,
    unless the card was let go on, or frozen, since: then it is to be done once more."""
    freezing = isinstance(effect, Freeze)
    kind, undone_by = ("freeze", "unfreeze") if freezing else ("unfreeze", "freeze")
    asked = Action.objects.filter(serial=deal.serial, kind=kind, confirmation__purpose=STOP)
    known = {action.parameters["case"]: action for action in asked}
    turn = 0
    while (earlier := known.get(case := _case(effect.key, turn))) is not None:
        if not _undone(earlier, deal.serial, undone_by):
            return earlier.confirmation_id
        turn += 1
    cause = _WHY[effect.why] if isinstance(effect, Freeze) else "cleared"
    text = _FROZEN[effect.why] if isinstance(effect, Freeze) else _LET_ON
    order = Order(kind, deal.serial, {"cause": cause, "case": case, "deal": deal.number})
    return confirm(SYSTEM, purpose=STOP, text=text.format(number=deal.number), orders=[order]).id


def _case(key: str, turn: int) -> str:
    """What the ledger's entry names as its cause."""
    name = f"cardtrail/v1/order-stop/{key}" + (f"/{turn}" if turn else "")
    return sha256(name.encode()).hexdigest()


def _undone(action: Action, serial: int, by: str) -> bool:
    """Whether the card has gone the other way since, by whomever."""
    if action.entry_index is None:
        return False
    later = Movement.objects.filter(serial=serial, kind=by, index__gt=action.entry_index)
    return later.exists()


def refusal(action: Action) -> AnyEvent | None:
    """What the refusal of one of an order's actions is to the machine; none if it is not refused for good."""
    if action.state not in {Action.State.REFUSED, Action.State.DECLINED}:
        return None
    reason = action.reason_code or "dropped"
    if action.kind == "freeze":
        return FreezeRefused(reason)
    made = _REFUSED.get(action.kind)
    return None if made is None else made(reason)
