"""What the parties are told, and what staff are asked to look at: closed lists with their words."""

from __future__ import annotations

import enum

from cardtrail.wire.words import Words


@enum.unique
class Notice(enum.Enum):
    """Something that a party hears of. `code` stands in the effect `Tell`."""

    PAYMENT_ARRIVED = Words("已收到付款，正在交付。", "The payment has arrived; the card is being delivered.")
    PAYMENT_GOES_BACK = Words(
        "有一笔付款与订单不符，正在原路退回。", "A payment did not fit the order and is going back."
    )
    NOT_PAID = Words("未在时限内付款，订单已取消。", "It was not paid in time; the order is cancelled.")
    CANCELLED = Words("订单已取消。", "The order is cancelled.")
    STEP_UP_WANTED = Words(
        "请在 30 分钟内完成身份验证。", "Please prove once more that it is you, within 30 minutes."
    )
    UNDER_REVIEW = Words(
        "订单正在审核，最长 24 小时。", "The order is being reviewed; that takes 24 hours at most."
    )
    DELIVERED = Words(
        "卡已到你的钱包，请检查并确认收货。", "The card is in your wallet. Look at it and confirm."
    )
    DELIVERED_FOR_SELLER = Words(
        "卡已交付买家，确认后向你付款。", "The card is delivered; you are paid once it is confirmed."
    )
    ACCEPTED = Words("买家已确认收货。", "The buyer has accepted the card.")
    CONFIRMED_BY_TIME = Words(
        "时限已到，订单已自动确认。", "The time is over; the order has been confirmed by itself."
    )
    PAID_OUT = Words("货款已付给你。", "You have been paid.")
    REFUND_BEGUN = Words("正在原路退款。", "Your money is on its way back.")
    REFUNDED = Words("款项已退回。", "Your money is back.")
    SALE_FELL_THROUGH = Words("交易未成，卡仍归你。", "The sale fell through; the card is still yours.")
    SPLIT_DONE = Words("已按部分退款结清。", "It is settled: a part went back, the rest was paid.")
    DISPUTE_OPENED = Words(
        "买家发起了争议，请在 48 小时内举证。",
        "The buyer has opened a dispute. Show what you have within 48 hours.",
    )
    DISPUTE_CLOSED = Words("争议已结束。", "The dispute is over.")
    SPLIT_PROPOSED = Words("对方提出了部分退款方案。", "The other party offers to settle for a part.")
    DECIDED = Words(
        "争议已裁决，可在 7 天内申诉一次。", "The dispute is decided. There is one appeal, within 7 days."
    )
    APPEALED = Words(
        "已有一方申诉，由另一位审核员复核。", "There is an appeal; another reviewer looks at it."
    )
    DECISION_FINAL = Words("裁决已生效。", "The decision stands.")
    CARD_IS_BACK = Words("卡已退回你的钱包。", "The card is back in your wallet.")
    CHARGED_BACK = Words(
        "买家的银行撤回了付款，正在处理。",
        "The buyer's bank has taken the payment back; it is being looked into.",
    )
    CHARGEBACK_WON = Words("银行已确认付款有效。", "The bank has confirmed the payment.")
    CHARGEBACK_LOST = Words("银行已最终撤回付款。", "The bank has taken the payment back for good.")
    CARD_GOES_BACK = Words(
        "银行已把款项退还给你，卡退回卖家。",
        "The bank has given you the money back for good; the card goes back to the seller.",
    )
    PAYOUT_UNDER_REVIEW = Words(
        "交易一方的权限被限制，货款先由工作人员审核，结果会通知你。",
        "A party of this deal is under a restriction: our staff look at it before the money is paid out. You will "
        "hear of it.",
    )
    PAYOUT_LET_PASS = Words(
        "审核已通过，货款照常支付。", "The review is over; the money is paid out as agreed."
    )

    @property
    def code(self) -> str:
        """The name in the effect and in records."""
        return self.name.lower()


@enum.unique
class Case(enum.Enum):
    """Something that staff have to look at. `code` stands in the effect `OpenCase`."""

    PAYER_DIFFERS = Words("付款人与买家不符", "The payer is not the buyer")
    RISK_HOLD = Words("风控待审核", "Held by risk")
    PAYOUT_HOLD = Words("付款前待审核：交易一方受限", "Not paid out yet: a party is under a restriction")
    STRAY_REFUND_REFUSED = Words("多余款项退回被拒", "A payment that should go back cannot")
    RELEASE_REFUSED = Words("付款给卖家被拒", "The seller cannot be paid")
    REFUND_REFUSED = Words("退款被拒", "The buyer cannot be paid back")
    PROVIDER_SILENT = Words("支付机构长时间无结果", "The payment provider gives no result")
    LEDGER_SILENT = Words("账本长时间无结果", "The ledger gives no result")
    DELIVERED_UNASKED = Words("未要求交付却已交付", "A card was delivered that nobody asked to deliver")
    REFUSED_AFTER_DELIVERY = Words("已交付后又收到拒绝", "A delivery was refused after it was done")
    BALANCE_DIFFERS = Words("交付时余额与挂牌不符", "The balance at delivery is not the one that was listed")
    CARD_MOVED_ODDLY = Words("卡片状态与订单不符", "The card is where the order cannot have brought it")
    MONEY_MOVED_ODDLY = Words("资金状态与订单不符", "The money is where the order cannot have brought it")
    CARD_NOT_FROZEN = Words("卡片无法冻结", "The card could not be frozen")
    CARD_NOT_RETURNED = Words("卡片无法退回卖家", "The card could not be given back to the seller")
    ASIDE_ENDED_EARLY = Words("争议中的锁定提前结束", "The card was set aside, and that ended too early")
    ASIDE_NOT_ENDED = Words("争议锁定未能解除", "The card could not be given free to the buyer")
    DECIDE_DISPUTE = Words("争议待裁决", "A dispute waits for a decision")
    DECIDE_APPEAL = Words("申诉待裁决", "An appeal waits for a decision")
    DECIDE_ESCALATED = Words("争议须人工处理", "A dispute that a person has to end")
    CHARGEBACK = Words("付款被银行撤回", "A payment was taken back by the bank")
    CHARGEBACK_AFTER_REFUND = Words(
        "已退款又被银行撤回", "A payment was taken back that had been paid back already"
    )
    LOSS = Words("拒付损失，卡已被使用", "A loss: taken back, and the card is used")

    @property
    def code(self) -> str:
        """The name in the effect and in records."""
        return self.name.lower()
