"""Why something is refused: one closed enumeration, each with words for people in both languages.

The words say what is so and what way there is instead. A code is stored and logged and never changes its meaning."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cardtrail.wire.words import Words


@enum.unique
class Code(enum.Enum):
    """A refusal. `code` is for programs and records, `words` for people."""

    # Who.
    NOT_A_PARTY = Words("这不是你的订单。", "This is not your order.")
    NOT_THE_BUYER = Words("只有买家可以这样做。", "Only the buyer can do this.")
    NOT_THE_SELLER = Words("只有卖家可以这样做。", "Only the seller can do this.")
    OWN_CASE = Words(
        "不能处理与自己有关的案件，请由同事处理。",
        "You cannot decide a case of your own; leave it to a colleague.",
    )
    SAME_REVIEWER = Words(
        "申诉须由另一位审核员处理。", "An appeal is decided by somebody else than the first time."
    )
    # Opening.
    SELF_PURCHASE = Words("不能购买自己出售的卡。", "You cannot buy your own card.")
    # Paying.
    CANCEL_AFTER_PAYMENT = Words(
        "已付款，不能取消。卡未能交付时款项自动退回；交付后如有问题，可以发起争议。",
        "It is paid and cannot be cancelled. If the card cannot be delivered, the money comes back by itself; if "
        "something is wrong after delivery, open a dispute.",
    )
    ORDER_OVER = Words("订单已结束。", "The order is over.")
    # Confirming.
    NOTHING_TO_CONFIRM = Words(
        "卡尚未交付，还不能确认收货。", "The card has not been delivered yet; there is nothing to confirm."
    )
    CONFIRM_DURING_DISPUTE = Words(
        "争议处理中，不能确认收货。若问题已解决，请撤回争议。",
        "A dispute is open. If it is settled for you, take the dispute back instead.",
    )
    # Disputing.
    DISPUTE_BEFORE_PAYMENT = Words(
        "尚未付款，无需争议：可以直接取消订单。", "Nothing has been paid: cancel the order instead."
    )
    DISPUTE_BEFORE_DELIVERY = Words(
        "卡尚未交付：若未能交付，款项会自动退回，无需争议。",
        "The card has not been delivered yet: if it cannot be, the money comes back by itself.",
    )
    DISPUTE_AFTER_CONFIRMATION = Words(
        "已确认收货，不能再发起争议。请联系客服，并附上这笔订单。",
        "The card has been accepted, so no dispute can be opened. Write to support and name this order.",
    )
    DISPUTE_AFTER_COMPLETION = Words(
        "订单已完成，不能再发起争议。请联系客服或举报卖家，并附上这笔订单。",
        "The order is complete. Write to support or report the seller, and name this order.",
    )
    DISPUTE_NOTHING_LEFT = Words(
        "款项已经退回或正在退回，无需争议。",
        "The money is back or on its way back; there is nothing to dispute.",
    )
    BANK_DECIDES = Words(
        "付款已被银行撤回，由银行处理，结果会通知你。",
        "The bank has taken the payment back and decides about it; you will hear of the result.",
    )
    DISPUTE_ALREADY_OPEN = Words("争议已在处理中。", "A dispute is open already.")
    NO_DISPUTE = Words("没有进行中的争议。", "There is no dispute.")
    DISPUTE_OVER = Words("争议已经结束。", "The dispute is over.")
    STAFF_DECIDE = Words(
        "工作人员正在处理这笔货款，请等待他们的决定。",
        "Our staff are looking into this payment; please wait for their decision.",
    )
    EVIDENCE_IS_OPEN = Words(
        "举证期未结束，还不能裁决。", "The time for evidence is not over yet; it cannot be decided before."
    )
    EVIDENCE_IS_CLOSED = Words(
        "举证期已结束。若裁决对你不利，可在申诉时补充。",
        "The time for evidence is over. If the decision goes against you, you can add it in an appeal.",
    )
    TOO_MUCH_EVIDENCE = Words("证据已达件数上限。", "That is as many pieces of evidence as can be shown.")
    NOTHING_DECIDED = Words("尚未裁决。", "Nothing has been decided yet.")
    DECIDED_ALREADY = Words(
        "已经裁决；如有异议，请申诉。", "It is decided already; an appeal is the way against it."
    )
    APPEAL_DECIDES = Words(
        "申诉审理中，由另一位审核员裁决。", "An appeal is under way and another reviewer decides it."
    )
    ALREADY_APPEALED = Words("已申诉过一次，不能再次申诉。", "There is one appeal, and it has been made.")
    APPEAL_BY_THE_LOSER = Words(
        "只有裁决对其不利的一方可以申诉。", "Only whom the decision goes against can appeal."
    )
    BAD_SPLIT = Words(
        "退还金额须大于零且小于总价。",
        "The part that goes back is more than nothing and less than the price.",
    )
    NO_SUCH_PROPOSAL = Words(
        "对方没有提出这一方案，或方案已变更。", "The other party has made no such offer, or has changed it."
    )
    CARD_WAS_USED = Words(
        "卡已被使用，不能全额退款。可裁决付款给卖家，或部分退款。",
        "The card has been used, so the whole price cannot go back. Decide for the seller, or for a part.",
    )
    CARD_IS_BACK = Words(
        "卡已退回或正在退回卖家，不能再把款项全部付给卖家。可裁决退款，或部分退款。",
        "The card is back with the seller or on its way, so they cannot be paid in full as well: refund, or split.",
    )
    NO_APPEAL = Words("没有申诉需要裁决。", "There is no appeal to decide.")
    # Risk.
    NO_RISK_HOLD = Words("该订单没有等待风控审核。", "The order does not wait for a risk review.")
    PAYOUT_NOT_YET = Words(
        "交付、争议或银行的结果还没有出来，届时再决定是否支付。",
        "The delivery, the dispute or the bank comes first; whether it is paid out is decided after that.",
    )
    NO_STEP_UP = Words("该订单没有等待身份验证。", "The order does not wait for a proof of identity.")
    # Listings.
    LISTING_GONE = Words("该卡已下架。", "The card is not offered any more.")
    LISTING_RESERVED = Words(
        "已有买家正在付款。若未成交，将重新上架。",
        "Somebody is buying it. If they do not pay, it comes back.",
    )
    LISTING_SOLD = Words("该卡已售出。", "The card is sold.")
    LISTING_NOT_YET = Words("尚未上架。", "It is not offered yet.")
    LISTING_CHANGED = Words(
        "价格或内容已变更，请查看后再决定。", "The listing has changed; look at it again before you decide."
    )
    LISTING_IS_SOLD_NOW = Words(
        "买家正在付款，暂不能修改或撤回。", "A buyer is paying; it can be neither changed nor taken back now."
    )
    PRICE_OVER_HELD = Words(
        "高于挂牌时确认的最高价。请撤回后重新挂牌。",
        "That is above the highest price you confirmed. Take it back and list it anew.",
    )
    NOT_DELISTED = Words("该商品未被下架。", "The listing has not been taken down.")
    DELISTING_STANDS = Words("申诉已处理过。", "The appeal has been decided already.")
    # Offers.
    OFFER_OVER = Words("该出价已结束。", "The offer is over.")
    OWN_TURN = Words("请等待对方回应。", "It is the other party's turn.")
    NOT_OFFERED_BY_YOU = Words("只能撤回自己的出价。", "You can take back your own offer only.")
    TOO_MANY_ROUNDS = Words(
        "还价次数已满，请接受或拒绝。",
        "There have been as many counter-offers as there may be: accept or reject.",
    )
    OFFER_ACCEPTED = Words("该出价已被接受。", "The offer has been accepted.")
    SAME_PRICE = Words("价格与对方所出相同，直接接受即可。", "That is the other party's price: accept it.")
    # Limits.
    PRICE_OVER_LIMIT = Words(
        "单笔金额超过目前的额度。完成的交易额越多，额度越高。",
        "That is more than one order may be for you now. The limit grows with the value of what you completed.",
    )
    OPEN_VALUE_OVER_LIMIT = Words(
        "进行中的总金额超过目前的额度，请等待其他交易完成。",
        "Together with what is under way it is more than your limit; let the other deals finish first.",
    )
    TOO_MANY_LISTINGS = Words(
        "在售数量已达上限，请先撤回或等待售出。",
        "You have as many listings as you may; take one back or let one sell.",
    )

    @property
    def code(self) -> str:
        """The name for programs and records: `self_purchase`."""
        return self.name.lower()

    @property
    def words(self) -> Words:
        """What people are told."""
        return self.value


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as a value."""

    code: Code

    @property
    def words(self) -> Words:
        """What people are told."""
        return self.code.words
