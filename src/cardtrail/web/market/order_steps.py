"""The way of an order, step by step: what was, when, and what comes next if all goes well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Dispute, Outcome, Side, Stage
from cardtrail.web.orders.models import Step
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True)
class Stop:
    """One step. `at_ms`: when it was reached, none: not yet; `now`: the order is here; `tone` colours its dot."""

    title: Text
    at_ms: int | None
    now: bool = False
    tone: str = ""


_TITLES: Final = {
    "opened": Text("下单", "Ordered"),
    "paid": Text("付款到账", "Paid"),
    "delivered": Text("卡已交付", "Delivered"),
    "confirmed": Text("确认收货", "Confirmed"),
    "paid_out": Text("付款给卖家", "Seller paid"),
    "cancelled": Text("订单取消", "Cancelled"),
    "disputed": Text("发起争议", "Dispute opened"),
    "decided": Text("裁决", "Decision"),
    "appealed": Text("申诉", "Appeal"),
    "closed": Text("争议了结", "Dispute over"),
    "refunding": Text("开始退款", "Refund begun"),
    "refunded": Text("退款到账", "Refunded"),
    "split": Text("分款结清", "Settled"),
    "contested": Text("银行撤回付款", "Payment taken back by the bank"),
    "reversed": Text("撤回成立", "Taken back for good"),
}
_BAD: Final = frozenset(("cancelled", "disputed", "contested", "reversed"))

_WAY: Final = ("opened", "paid", "delivered", "confirmed", "paid_out")
_ENDS: Final = {Stage.COMPLETED: "paid_out", Stage.REFUNDED: "refunded", Stage.SPLIT: "split",
                Stage.CANCELLED: "cancelled", Stage.REVERSED: "reversed"}  # fmt: skip
_REACHED: Final = {
    Stage.FUNDED: "paid",
    Stage.DELIVERED: "delivered",
    Stage.CONFIRMED: "confirmed",
    Stage.RELEASING: "confirmed",
    Stage.SPLITTING: "closed",
    Stage.REFUNDING: "refunding",
    Stage.CONTESTED: "contested",
    Stage.DISPUTED: "disputed",
    **_ENDS,
}
_EVENTS: Final = {"decide_dispute": "decided", "appeal": "appealed", "decide_appeal": "closed"}


def steps_of(order: Order, history: Iterable[Step]) -> list[Stop]:
    """The steps of an order, the oldest first. `history` in order of version."""
    reached = _reached(order, history)
    ahead = [] if order.terminal else [name for name in _ahead(order) if name not in reached]
    names = list(reached)
    stops = [
        Stop(
            _TITLES[name],
            at_ms,
            now=name == names[-1],
            tone="bad" if name in _BAD else "good",
        )
        for name, at_ms in reached.items()
    ]
    return stops + [Stop(_TITLES[name], None) for name in ahead]


def _reached(order: Order, history: Iterable[Step]) -> dict[str, int]:
    found = {"opened": order.opened_ms}
    disputed = False
    for step in history:
        name = _EVENTS.get(step.kind) or _REACHED.get(Stage(step.stage))
        if name == "confirmed" and disputed:
            name = "closed"  # What is paid after a dispute was not confirmed but decided, or taken back.
        disputed = disputed or name == "disputed"
        if name is not None:
            found.setdefault(name, step.at_ms)
    return found


def _ahead(order: Order) -> Sequence[str]:
    """What comes next if nothing goes wrong."""
    decision = order.decision
    match order.stage:
        case Stage.REFUNDING:
            return ("refunded",)
        case Stage.SPLITTING:
            return ("split",)
        case Stage.CONTESTED:
            return ()
        case Stage.DISPUTED if decision is not None and decision.outcome is Outcome.REFUND:
            return ("closed", "refunded")
        case Stage.DISPUTED:
            return ("decided", "closed")
        case _ if (
            order.dispute is Dispute.FINAL and decision is not None and decision.outcome is Outcome.SPLIT
        ):
            return ("split",)
        case _ if order.dispute is not Dispute.NONE:
            return ("paid_out",)
        case _:
            return _WAY


def side_words(side: Side) -> Text:
    """A party, as both call it."""
    return _SIDES[side]


_SIDES: Final = {Side.BUYER: Text("买家", "Buyer"), Side.SELLER: Text("卖家", "Seller")}
