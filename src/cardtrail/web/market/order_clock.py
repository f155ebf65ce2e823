"""The deadline that matters to somebody now. Outages are left out of it already: the machine counts deadlines anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Dispute, Gate, Side, Stage
from cardtrail.web.ui.texts import Text

EVIDENCE: Final = {Side.BUYER: Timer.EVIDENCE_BUYER, Side.SELLER: Timer.EVIDENCE_SELLER}


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when something can be done or will happen. `then` says what happens at that moment."""

    at_ms: int
    then: Text


_THEN: Final = {
    Timer.PAYMENT: Text("到时未付款，订单自动取消", "If it is not paid by then, the order is cancelled"),
    Timer.PENDING: Text(
        "到时仍无结果，订单自动取消", "If there is no result by then, the order is cancelled"
    ),
    Timer.STEP_UP: Text("到时未验证，款项自动退回", "If nothing is proved by then, the money goes back"),
    Timer.RISK_HOLD: Text("到时仍未通过，款项自动退回", "If it is not let pass by then, the money goes back"),
    Timer.CONFIRM: Text("到时自动确认收货", "Then it is confirmed by itself"),
    Timer.PAYOUT: Text("到时付款给卖家", "Then the seller is paid"),
    Timer.EVIDENCE_BUYER: Text("买家举证截止", "The buyer's time to show something ends"),
    Timer.EVIDENCE_SELLER: Text("卖家举证截止", "The seller's time to show something ends"),
    Timer.DECISION: Text("最迟此时裁决", "It is decided by then"),
    Timer.APPEAL: Text("到时无人申诉，裁决生效", "If nobody appeals by then, the decision stands"),
    Timer.APPEAL_DECISION: Text("最迟此时裁决申诉", "The appeal is decided by then"),
    Timer.HARD_STOP: Text(
        "最后期限：卡未使用则退款", "The last day: if the card is unused, the money goes back"
    ),
    Timer.CHARGEBACK: Text("银行最迟此时答复", "The bank has answered by then"),
}

_OF_STAGE: Final = {
    Stage.AWAITING_PAYMENT: (Timer.PAYMENT,),
    Stage.PAYMENT_PENDING: (Timer.PENDING,),
    Stage.DELIVERED: (Timer.CONFIRM,),
    Stage.CONFIRMED: (Timer.PAYOUT,),
    Stage.CONTESTED: (Timer.CHARGEBACK,),
}
_OF_GATE: Final = {Gate.STEP_UP: (Timer.STEP_UP,), Gate.HOLD: (Timer.RISK_HOLD,)}
_OF_DISPUTE: Final = {
    Dispute.DECIDING: (Timer.DECISION, Timer.HARD_STOP),
    Dispute.DECIDED: (Timer.APPEAL,),
    Dispute.APPEALED: (Timer.APPEAL_DECISION, Timer.HARD_STOP),
    Dispute.FINAL: (Timer.HARD_STOP,),
}


_OWN: Final = {
    (Timer.PAYOUT, Side.SELLER): Text("到时付款给你", "Then you are paid"),
    (Timer.EVIDENCE_BUYER, Side.BUYER): Text("你的举证截止", "Your time to show something ends"),
    (Timer.EVIDENCE_SELLER, Side.SELLER): Text("你的举证截止", "Your time to show something ends"),
}
"""The same for the party whose affair it is."""


def clock_of(order: Order, side: Side | None) -> Clock | None:
    """The clock that one party watches, or for no side our staff; none where nothing runs that concerns them."""
    for timer in _timers(order, side):
        deadline = order.deadline(timer)
        if deadline is not None:
            own = _OWN.get((timer, side)) if side is not None else None
            return Clock(deadline.at_ms, own or _THEN[timer])
    return None


def _timers(order: Order, side: Side | None) -> tuple[Timer, ...]:
    if order.stage is Stage.FUNDED:
        return _OF_GATE.get(order.gate, ())
    if order.stage is Stage.CONFIRMED and (side is Side.BUYER or order.gate is Gate.PAYOUT_HOLD):
        return ()  # When the seller is paid is not the buyer's affair; nobody knows it while a person has to look.
    if order.stage is Stage.DISPUTED:
        if order.dispute is Dispute.EVIDENCE:
            own = side or Side.BUYER
            return (EVIDENCE[own], EVIDENCE[own.other])
        return _OF_DISPUTE.get(order.dispute, ())
    return _OF_STAGE.get(order.stage, ())
