"""What states, motives and codes of the market are called in front of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardtrail.web.actions.refusals import words_of
from cardtrail.web.market.models import Listing
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True)
class Stage:
    """A state for people: its word, how serious it is, its icon, and one sentence."""

    word: Text
    tone: str
    icon: str
    sentence: Text


MOTIVES: Final = {
    Listing.Motive.CASH: Text("需要现金", "I need the cash"),
    Listing.Motive.GIFT: Text("收到的礼物，用不上", "A gift I do not need"),
    Listing.Motive.PROMOTION: Text("活动或福利得来的", "From a promotion or my employer"),
    Listing.Motive.OTHER: Text("其他", "Something else"),
    Listing.Motive.UNSAID: Text("不想说", "Rather not say"),
}

STAGES: Final = {
    "screening": Stage(
        Text("准备中", "Being prepared"),
        "info",
        "clock",
        Text("卡正在账本上锁定，完成后自动上架。", "The card is being set aside on the ledger; then it is offered."),
    ),
    "listed": Stage(
        Text("在售", "On sale"),
        "good",
        "sale",
        Text("卡已在账本上锁定，等待买家。", "The card is set aside on the ledger and waits for a buyer."),
    ),
    "reserved": Stage(
        Text("有人在买", "Being bought"),
        "warn",
        "clock",
        Text(
            "已为一位买家保留，等对方付款，或正在交付；若未成交会重新上架。",
            "It is kept for a buyer, who is to pay or gets it delivered. If that falls through, it is offered again.",
        ),
    ),
    "delisted": Stage(
        Text("已下架", "Taken down"),
        "bad",
        "warning",
        Text("工作人员把它下架了，你可以申诉。", "Our staff took it down; you can appeal."),
    ),
    "sold": Stage(Text("已售出", "Sold"), "good", "check", Text("卡已交付给买家。", "The buyer has the card.")),
    "expired": Stage(
        Text("已到期", "Over"),
        "plain",
        "clock",
        Text("30 天没有成交，卡已退回。", "Nobody bought it in 30 days; the card is yours to use again."),
    ),
    "withdrawn": Stage(
        Text("已撤回", "Taken back"),
        "plain",
        "hand-return",
        Text("不再出售，卡可以照常使用。", "It is not offered any more; the card is yours to use."),
    ),
}  # fmt: skip
"""A listing's states as its seller reads them."""

UNDONE: Final = Stage(
    Text("已退款", "Refunded"),
    "plain",
    "hand-return",
    Text(
        "卖出后这笔交易作废，款项退给了买家；卡在哪里，见订单。",
        "It was sold, and that was undone: the buyer has the money back. The order says where the card is.",
    ),
)
"""Of what was sold and is not any more."""

HELD: Final = Stage(
    Text("工作人员先看", "Our staff look first"),
    "warn",
    "clock",
    Text("卡还没有锁定，你可以照常使用。", "The card is not set aside; you can use it."),
)
"""Of what risk holds before it is let onto the market."""

ACTS: Final = {
    "list": Text("挂牌", "Listing"),
    "give": Text("赠送", "Giving"),
    "buy": Text("购买", "Buying"),
    "deliver": Text("交付", "Delivering"),
    "return": Text("交回发卡方", "Returning to the brand"),
}
"""What risk is asked about."""

OFFER_STAGES: Final = {
    "open": (Text("等卖家回复", "Waits for the seller"), "info"),
    "countered": (Text("等买家回复", "Waits for the buyer"), "info"),
    "accepted": (Text("已接受", "Accepted"), "good"),
    "rejected": (Text("已拒绝", "Rejected"), "plain"),
    "withdrawn": (Text("已撤回", "Taken back"), "plain"),
    "expired": (Text("已过期", "Expired"), "plain"),
    "superseded": (Text("已失效", "No longer valid"), "plain"),
}
"""An offer's states: word and tone."""

_WHY: Final = {
    "passed_on": Text("卡已不在你名下。", "The card is not yours any more."),
    "hold_ends": Text("锁定期限已到。", "The time for which it was set aside is over."),
    "risk": Text("没有通过风险检查。", "It did not pass the risk check."),
    "rules": Text("不符合集市规则。", "It was against the rules of the market."),
}


def why(code: str) -> Text | None:
    """The reason of a listing's state, for its seller; none where there is none."""
    if not code:
        return None
    return _WHY.get(code) or words_of(code)
