"""What was paid for an order, and where the money lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardtrail.deals.order_state import Order
from cardtrail.deals.parts import Stray
from cardtrail.deals.regions import Funds, StrayAt
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

_WHERE: Final = {
    Funds.NONE: Text("尚未付款", "Nothing has been paid"),
    Funds.PENDING: Text("等待{provider}的结果", "Waiting for {provider}"),
    Funds.HELD: Text("由{provider}代管", "Held by {provider}"),
    Funds.RELEASING: Text("正在付给卖家", "On its way to the seller"),
    Funds.RELEASED: Text("已付给卖家", "With the seller"),
    Funds.REFUNDING: Text("正在退回买家", "On its way back to the buyer"),
    Funds.REFUNDED: Text("已退回买家", "Back with the buyer"),
    Funds.SPLIT_REFUNDING: Text("正在分给双方", "On its way to both"),
    Funds.SPLIT_RELEASING: Text("正在分给双方", "On its way to both"),
    Funds.SPLIT: Text("已分给双方", "With both, in part"),
    Funds.REVERSED: Text("被买家的银行撤回", "Taken back by the buyer's bank"),
}

_WHY: Final = {
    "currency": Text("币种不符", "another currency"),
    "amount": Text("金额不符", "another amount"),
    "late": Text("订单已取消后才到账", "it came after the order was cancelled"),
    "double": Text("重复付款", "it was paid already"),
}


@dataclass(frozen=True, slots=True)
class Returned:
    """A payment that was not accepted: how much, why, and whether it is back."""

    amount: str
    why: Text
    back: bool
    paid_ms: int


def where(deal: Deal, order: Order) -> Text:
    """Where the money is."""
    funds = order.funds
    if funds is Funds.NONE and order.strays and order.terminal:
        # Something was paid, only not for a sale: "nothing" would frighten whoever paid it.
        back = all(stray.at is StrayAt.REFUNDED for stray in order.strays)
        funds = Funds.REFUNDED if back else Funds.REFUNDING
    return _WHERE[funds].format(provider=providers.name_of(deal.provider))


def returned(order: Order) -> list[Returned]:
    """The payments that go back, the oldest first."""
    return [_returned(stray) for stray in order.strays]


def _returned(stray: Stray) -> Returned:
    payment = stray.payment
    return Returned(
        format_money(payment.amount_minor, payment.currency),
        _WHY.get(stray.why, Text("与订单不符", "it did not fit the order")),
        stray.at is StrayAt.REFUNDED,
        payment.paid_ms,
    )
