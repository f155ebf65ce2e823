"""Where an order stands, in words for one of its parties: what is so, and the one thing to do next."""

from __future__ import annotations

from typing import Final

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import CardAt, Dispute, Funds, Gate, Outcome, Side, Stage
from cardtrail.web.market.order_phrases import ANOTHERS_MONEY, BY_STAGE, LATER, PAID_WRONGLY, SOON, Stand
from cardtrail.web.ui.texts import Text

_B, _S = Side.BUYER, Side.SELLER

_GATES: Final[dict[tuple[Gate, Side], Stand]] = {
    (Gate.STEP_UP, _B): Stand(
        Text("请再验证一次身份", "Please prove that it is you"),
        Text(
            "货款已到。交付前，请用通行密钥或验证器再验证一次。",
            "The money has arrived. Before the card is delivered, use your passkey or "
            "authenticator app once more.",
        ),
        "warn",
        "key",
        "step_up",
    ),
    (Gate.STEP_UP, _S): Stand(
        Text("等待买家验证身份", "The buyer proves who they are"),
        Text(
            "货款已由{provider}代管，验证后自动交付。",
            "{provider} holds the money; the card is delivered once they have.",
        ),
        every_s=LATER,
    ),
    (Gate.HOLD, _B): Stand(
        Text("人工审核中", "A person is looking at it"),
        Text(
            "货款由{provider}代管。通过即交付，不通过全额退回。你不用做什么。",
            "{provider} holds the money. If it passes, the card is delivered; if not, "
            "all of it goes back. You need do nothing.",
        ),
        "warn",
        every_s=LATER,
    ),
    (Gate.HOLD, _S): Stand(
        Text("人工审核中", "A person is looking at it"),
        Text(
            "通过后自动交付；不通过则退款给买家，卡仍归你。",
            "If it passes, the card is delivered; if not, the buyer is refunded and the card stays yours.",
        ),
        "warn",
        every_s=LATER,
    ),
}

_FUNDED: Final = Stand(
    Text("已付款", "Paid"),
    Text("货款已由{provider}代管，马上交付。", "{provider} holds the money; delivery follows at once."),
    every_s=SOON,
)

_LATER_PAID: Final = {
    Stage.DELIVERED: Stand(
        Text("卡已交付", "Delivered"),
        Text(
            "买家确认收货（或到时自动确认）后付款给你，但不早于下面“款项”里的时间：这种付款，银行可能撤回。",
            "You are paid once the buyer confirms, or it is confirmed by itself; but not before the time given below, "
            "under Money: a bank can take this kind of payment back.",
        ),
        "good",
        "check",
    ),
}
"""For the seller, where the payout has a time of its own."""

_PAYOUT_HELD: Final[dict[tuple[Stage, Side], Stand]] = {
    (Stage.DELIVERED, _S): Stand(
        Text("卡已交付", "Delivered"),
        Text(
            "交易一方的权限受限：买家确认收货后，还要工作人员审核，才付款给你。结果会通知你。",
            "A party of this deal is under a restriction: once the buyer has confirmed, our staff look at it before "
            "you are paid. You will hear of it.",
        ),
        "warn",
    ),
    (Stage.CONFIRMED, _S): Stand(
        Text("付款前，人工审核中", "A person looks at it before you are paid"),
        Text(
            "交易一方的权限受限，工作人员审核后才付款给你。结果会通知你。",
            "A party of this deal is under a restriction: our staff look at it before you are paid; you hear of it.",
        ),
        "warn",
        every_s=LATER,
    ),
    (Stage.CONFIRMED, _B): Stand(
        Text("卡在你的钱包", "The card is in your wallet"),
        Text(
            "付款给卖家前，工作人员还要审核这笔交易。",
            "Our staff look at this deal before the seller is paid.",
        ),
        "good",
        "check",
        "card",
    ),
}
"""Where nobody is paid before a person has looked. No time is promised: nobody knows how long that takes."""

_DISPUTES: Final = {
    Dispute.EVIDENCE: Stand(
        Text("争议：举证中", "Dispute: showing evidence"),
        Text(
            "卡已锁定，货款不动。双方各有 48 小时说明情况。",
            "The card is set aside and the money stays. Each side has 48 hours to show what it has.",
        ),
        "warn",
        "dispute",
        "dispute",
    ),
    Dispute.DECIDING: Stand(
        Text("争议：等待裁决", "Dispute: waiting for a decision"),
        Text(
            "举证已结束，由工作人员裁决。双方仍可自行和解。",
            "The evidence is closed and a member of staff decides. You can still settle between you.",
        ),
        "warn",
        "dispute",
        "dispute",
    ),
    Dispute.APPEALED: Stand(
        Text("争议：申诉中", "Dispute: appeal"),
        Text(
            "由另一位审核员复核，结果为最终裁决。", "Another reviewer looks at it; their decision is final."
        ),
        "warn",
        "dispute",
        "dispute",
    ),
    Dispute.FINAL: Stand(
        Text("争议：裁决已生效", "Dispute: the decision stands"),
        Text(
            "卡正在退回卖家，卡到后退款给买家。",
            "The card is going back to the seller; then the buyer is refunded.",
        ),
        "info",
        "dispute",
        "dispute",
        LATER,
    ),
    Dispute.ESCALATED: Stand(
        Text("争议：由专人处理", "Dispute: a person is handling it"),
        Text(
            "不能自动了结，工作人员正在处理。货款不动。",
            "It cannot end by itself; a member of staff is on it. The money stays where it is.",
        ),
        "warn",
        "dispute",
        "dispute",
    ),
}

_DECIDED: Final = {
    Outcome.REFUND: Text("裁决：退款给买家", "Decided: the buyer is refunded"),
    Outcome.RELEASE: Text("裁决：付款给卖家", "Decided: the seller is paid"),
    Outcome.SPLIT: Text("裁决：双方分款", "Decided: each gets a part"),
}
_MAY_APPEAL: Final = Text(
    "裁决尚未生效。你若不服，可申诉一次；也可现在接受。",
    "It does not stand yet: you can appeal once, or accept it now.",
)
_OTHER_MAY_APPEAL: Final = Text(
    "裁决尚未生效，对方可申诉一次。你不用做什么。",
    "It does not stand yet: the other side can appeal once. You need do nothing.",
)
"""How it was decided, and whose turn it is, while there can be an appeal."""

_CONTESTED: Final = {
    _B: Stand(
        Text("你的银行撤回了付款", "Your bank has taken the payment back"),
        Text(
            "由银行决定，结果会通知你；在此之前，这笔订单停在这里，没用过的卡先停用。银行确认付款有效，卡即恢复。",
            "The bank decides, and you will hear of it. Until then the order stops here, and what is unused of the "
            "card is stopped; if the payment stands, it works again.",
        ),
        "bad",
        "bank",
    ),
    _S: Stand(
        Text("买家的银行撤回了付款", "The buyer's bank has taken the payment back"),
        Text(
            "由银行决定。没用过的卡已停用或仍归你；银行确认付款有效，货款照付。",
            "The bank decides. What is unused of the card is stopped or still yours; if "
            "the payment stands, you are paid.",
        ),
        "bad",
        "bank",
    ),
}

_REVERSED: Final = {
    _B: Stand(
        Text("付款已被银行撤回", "Taken back by the bank"),
        Text(
            "款项已由银行退给你，这笔交易作废。", "The bank has given you the money back; the sale is undone."
        ),
        "plain",
        "bank",
    ),
    _S: Stand(Text("付款已被银行撤回", "Taken back by the bank"), Text("{card}", "{card}"), "bad", "bank"),
}

_OWED: Final = Stand(
    Text("已收的货款被银行撤回", "The money you received was taken back"),
    Text(
        "买家的银行在你收款后撤回了 {paid_out}。银行作出决定前，这笔钱记在你名下。",
        "After you were paid, the buyer's bank took {paid_out} back. Until the bank "
        "decides, it stands against you.",
    ),
    "bad",
    "bank",
)

_BOUGHT_BACK: Final = Stand(
    Text("你的银行撤回了付款", "Your bank has taken the payment back"),
    Text(
        "由银行决定，结果会通知你。没用过的卡先停用；银行确认付款有效，卡即恢复。",
        "The bank decides, and you will hear of it. What is unused of the card is stopped; if the payment stands, "
        "it works again.",
    ),
    "bad",
    "bank",
)

_AFTER_DISPUTE: Final = {
    (Stage.CONFIRMED, _B): Stand(
        Text("争议已了结", "The dispute is over"),
        Text("卡归你了。", "The card is yours."),
        "plain",
        "check",
        "card",
    ),
    (Stage.RELEASING, _B): Stand(
        Text("争议已了结", "The dispute is over"),
        Text("卡归你了，货款正在付给卖家。", "The card is yours; the seller is being paid."),
        "plain",
        "check",
        "card",
        LATER,
    ),
    (Stage.CONFIRMED, _S): Stand(
        Text("争议已了结", "The dispute is over"),
        Text(
            "货款归你。这种付款可能被银行撤回，所以稍后才付给你。",
            "The money is yours. A bank can take this kind of payment back, so you are paid a little later.",
        ),
        "good",
        "check",
    ),
}
"""What nobody has confirmed: it was decided, or settled."""

_CARDS: Final = {
    CardAt.FREE: Text("交易未成，卡仍归你。", "The sale fell through; the card is still yours."),
    CardAt.RETURNED: Text("卡已退回你的钱包。", "The card is back in your wallet."),
    CardAt.GIVING_BACK: Text("卡正在退回给你。", "The card is on its way back to you."),
}
_NOT_BACK: Final = Text(
    "卡未能退回，客服会联系你。", "The card could not be brought back; support will write to you."
)
"""Where the card is, for the seller of a deal that is undone."""


def stand_of(order: Order, side: Side) -> Stand:
    """What this party reads. The words have places for `stand_values`."""
    if side is Side.BUYER and order.strays and order.stage in (Stage.AWAITING_PAYMENT, Stage.PAYMENT_PENDING):
        return PAID_WRONGLY
    if (
        side is Side.BUYER
        and order.gate is Gate.HOLD
        and order.payment is not None
        and not order.payment.payer_fits
    ):
        return ANOTHERS_MONEY
    if order.stage is Stage.FUNDED:
        return _GATES.get((order.gate, side), _FUNDED)
    if order.stage is Stage.DISPUTED:
        return _decided(order, side) if order.dispute is Dispute.DECIDED else _DISPUTES[order.dispute]
    if order.stage is Stage.CONTESTED:
        return _CONTESTED[side]
    if order.stage is Stage.REVERSED:
        return _REVERSED[side]
    if order.stage is Stage.COMPLETED and order.funds is Funds.REVERSED:
        return _OWED if side is Side.SELLER else _BOUGHT_BACK
    if order.gate is Gate.PAYOUT_HOLD and (order.stage, side) in _PAYOUT_HELD:
        return _PAYOUT_HELD[order.stage, side]
    if side is Side.SELLER and order.stage in _LATER_PAID and order.deadline(Timer.PAYOUT) is not None:
        return _LATER_PAID[order.stage]
    decided = _AFTER_DISPUTE.get((order.stage, side)) if order.dispute is not Dispute.NONE else None
    return decided or BY_STAGE[order.stage, side]


def _decided(order: Order, side: Side) -> Stand:
    decision = order.decision
    if decision is None:
        raise ValueError("a dispute that is decided without a decision")
    text = _MAY_APPEAL if side in order.appeal_open else _OTHER_MAY_APPEAL
    return Stand(_DECIDED[decision.outcome], text, "warn", "dispute", "dispute")


def sellers_card(order: Order) -> Text:
    """Where the card is, for the seller of a deal that was undone."""
    return _CARDS.get(order.card, _NOT_BACK)


STAGE_WORDS: Final = {
    Stage.AWAITING_PAYMENT: Text("待付款", "Not paid yet"),
    Stage.PAYMENT_PENDING: Text("付款中", "Being paid"),
    Stage.FUNDED: Text("已付款", "Paid"),
    Stage.DELIVERING: Text("交付中", "Being delivered"),
    Stage.DELIVERED: Text("已交付", "Delivered"),
    Stage.DISPUTED: Text("争议中", "In dispute"),
    Stage.CONTESTED: Text("拒付处理中", "Contested by the bank"),
    Stage.CONFIRMED: Text("已确认", "Confirmed"),
    Stage.RELEASING: Text("付款给卖家中", "Seller being paid"),
    Stage.REFUNDING: Text("退款中", "Being refunded"),
    Stage.SPLITTING: Text("分款中", "Being settled"),
    Stage.COMPLETED: Text("已完成", "Complete"),
    Stage.REFUNDED: Text("已退款", "Refunded"),
    Stage.SPLIT: Text("已分款", "Settled"),
    Stage.CANCELLED: Text("已取消", "Cancelled"),
    Stage.REVERSED: Text("已被撤回", "Taken back"),
}
"""Stages in a word, for lists and staff."""
