"""What each party reads at each stage of an order that goes its usual way, and of its ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardtrail.deals.regions import Side, Stage
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True)
class Stand:
    """What a party reads first.

    next     what they can do now: `pay`, `cancel`, `step_up`, `confirm`, `dispute`, `card`; empty where they only wait
    every_s  how often the page looks for news by itself; 0: it does not
    """

    title: Text
    text: Text
    tone: str = "info"
    icon: str = "clock"
    next: str = ""
    every_s: int = 0


SOON: Final = 2
"""Seconds between two looks while somebody waits at the page."""

LATER: Final = 10
"""The same while it may take minutes."""

_B, _S = Side.BUYER, Side.SELLER

BY_STAGE: Final[dict[tuple[Stage, Side], Stand]] = {
    (Stage.AWAITING_PAYMENT, _B): Stand(
        Text("请付款", "Please pay"),
        Text(
            "货款由{provider}代管，你确认收货后才付给卖家。卡为你锁定，别人买不走。",
            "{provider} holds the money; the seller gets it when you confirm. The card is kept for you.",
        ),
        icon="pay",
        next="pay",
        every_s=SOON,
    ),
    (Stage.AWAITING_PAYMENT, _S): Stand(
        Text("等待买家付款", "Waiting for the buyer to pay"),
        Text("卡已为这位买家锁定。", "The card is kept for this buyer."),
        every_s=LATER,
    ),
    (Stage.PAYMENT_PENDING, _B): Stand(
        Text("等待付款结果", "Waiting for the payment"),
        Text(
            "{provider}一有结果，这里自动更新，不必守着。还没付？仍可以付款。",
            "This page changes by itself as soon as {provider} answers; you need not "
            "wait here. Not paid yet? "
            "You still can.",
        ),
        next="pay_again",
        every_s=SOON,
    ),
    (Stage.PAYMENT_PENDING, _S): Stand(
        Text("买家正在付款", "The buyer is paying"),
        Text("到账后卡自动交付。", "Once it has arrived, the card is delivered by itself."),
        every_s=LATER,
    ),
    (Stage.DELIVERING, _B): Stand(
        Text("正在交付", "Being delivered"),
        Text("货款已到，卡正在转到你名下。", "The money is there; the card is becoming yours."),
        every_s=SOON,
    ),
    (Stage.DELIVERING, _S): Stand(
        Text("正在交付", "Being delivered"),
        Text(
            "货款已由{provider}代管，卡正在转给买家。",
            "{provider} holds the money; the card goes to the buyer.",
        ),
        every_s=SOON,
    ),
    (Stage.DELIVERED, _B): Stand(
        Text("卡已到你的钱包", "The card is in your wallet"),
        Text(
            "看过没问题，请确认收货；有问题，请在自动确认前发起争议。用卡消费即视为收货。",
            "If it is right, confirm. If not, open a dispute before it is confirmed by "
            "itself. Paying with the card "
            "counts as accepting it.",
        ),
        "good",
        "check",
        "confirm",
    ),
    (Stage.DELIVERED, _S): Stand(
        Text("卡已交付", "Delivered"),
        Text(
            "买家确认收货后，货款付给你；没有确认也没有争议，到时自动确认。",
            "You are paid once the buyer confirms. Without a dispute it is confirmed by itself in the end.",
        ),
        "good",
        "check",
    ),
    (Stage.CONFIRMED, _B): Stand(
        Text("已确认收货", "Confirmed"), Text("卡归你了。", "The card is yours."), "good", "check", "card"
    ),
    (Stage.CONFIRMED, _S): Stand(
        Text("买家已确认收货", "The buyer has confirmed"),
        Text(
            "这种付款可能被银行撤回，所以稍后才付给你。",
            "A bank can take this kind of payment back, so you are paid a little later.",
        ),
        "good",
        "check",
    ),
    (Stage.RELEASING, _B): Stand(
        Text("已确认收货", "Confirmed"),
        Text("卡归你了，货款正在付给卖家。", "The card is yours; the seller is being paid."),
        "good",
        "check",
        "card",
        LATER,
    ),
    (Stage.RELEASING, _S): Stand(
        Text("正在付款给你", "You are being paid"),
        Text("{provider}正在处理。", "{provider} is at it."),
        every_s=SOON,
    ),
    (Stage.REFUNDING, _B): Stand(
        Text("正在原路退款", "Your money is on its way back"),
        Text("{price} 退回你付款的账户。", "{price} goes back to the account you paid from."),
        icon="hand-return",
        every_s=LATER,
    ),
    (Stage.REFUNDING, _S): Stand(
        Text("正在退款给买家", "The buyer is being refunded"),
        Text("{card}", "{card}"),
        icon="hand-return",
        every_s=LATER,
    ),
    (Stage.SPLITTING, _B): Stand(
        Text("正在按约定分款", "Being settled"),
        Text(
            "先退给你 {back}，其余付给卖家。卡归你。",
            "First {back} comes back to you, then the seller gets the rest. You keep the card.",
        ),
        every_s=LATER,
    ),
    (Stage.SPLITTING, _S): Stand(
        Text("正在按约定分款", "Being settled"),
        Text(
            "先退给买家 {back}，其余付给你。卡归买家。",
            "First {back} goes back to the buyer, then you get the rest. The buyer keeps the card.",
        ),
        every_s=LATER,
    ),
    (Stage.COMPLETED, _B): Stand(
        Text("交易完成", "Complete"),
        Text("卡归你，货款已付给卖家。", "The card is yours and the seller is paid."),
        "good",
        "check",
        "card",
    ),
    (Stage.COMPLETED, _S): Stand(
        Text("交易完成", "Complete"),
        Text("货款 {paid_out} 已付给你。", "You have been paid {paid_out}."),
        "good",
        "check",
    ),
    (Stage.REFUNDED, _B): Stand(
        Text("已退款", "Refunded"),
        Text("{price} 已原路退回。", "{price} is back in the account you paid from."),
        "good",
        "hand-return",
    ),
    (Stage.REFUNDED, _S): Stand(
        Text("已退款给买家", "The buyer is refunded"), Text("{card}", "{card}"), "plain", "hand-return"
    ),
    (Stage.SPLIT, _B): Stand(
        Text("已分款结清", "Settled"),
        Text("退给你 {back}，卡归你。", "{back} came back to you, and you keep the card."),
        "good",
        "check",
        "card",
    ),
    (Stage.SPLIT, _S): Stand(
        Text("已分款结清", "Settled"),
        Text(
            "退给买家 {back}，付给你 {paid_out}。", "{back} went back to the buyer; you were paid {paid_out}."
        ),
        "good",
        "check",
    ),
    (Stage.CANCELLED, _B): Stand(
        Text("订单已取消", "Cancelled"),
        Text(
            "没有成交。若之后仍有付款到账，会原路退回。",
            "Nothing was bought. Should a payment still arrive, it goes back.",
        ),
        "plain",
        "cross",
    ),
    (Stage.CANCELLED, _S): Stand(
        Text("订单已取消", "Cancelled"),
        Text("买家没有付款，卡仍归你。", "The buyer did not pay; the card is still yours."),
        "plain",
        "cross",
    ),
}
"""By stage and by who reads it. The words have places for `order_page`'s values."""

ANOTHERS_MONEY: Final = Stand(
    Text("人工审核中", "A person is looking at it"),
    Text(
        "付款账户不是你本人的，工作人员先看一下。货款由{provider}代管：通过即交付，不通过全额退回。你不用做什么。",
        "The money came from an account that is not your own, so our staff look first. {provider} holds it: if it "
        "passes, the card is delivered; if not, all of it goes back. You need do nothing.",
    ),
    "warn",
    every_s=LATER,
)
"""For the buyer, where somebody else's account has paid."""

PAID_WRONGLY: Final = Stand(
    Text("这次付款不能用", "This payment cannot be used"),
    Text(
        "收到的款项与订单不符，原路退回；付过的付款单不能再付。还想买，请取消订单，再重新下单。",
        "What came does not fit the order and goes back, and what was paid once cannot be paid again. If you still "
        "want the card, cancel this order and buy it anew.",
    ),
    "warn",
    "warning",
    "cancel",
    LATER,
)
"""For the buyer, whose money came and was not accepted: no provider takes a second payment for the same order."""
