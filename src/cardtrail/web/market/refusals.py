"""What cannot be done on the market now, in words for people with what they can do instead. Nothing has happened."""

from __future__ import annotations

from typing import Final

from cardtrail.deals.codes import Refused
from cardtrail.web.orders.refusals import NotPossible, of_machine
from cardtrail.web.ui.texts import Text

__all__ = ["NotPossible", "of_machine", "raise_if"]

NOT_ACTIVE: Final = Text("这张卡现在不能出售。", "This card cannot be sold now.")
NOT_TRANSFERABLE: Final = Text(
    "这种卡不能转让，只供本人使用（产品条款）。",
    "Cards of this kind cannot be passed on (terms of the product).",
)
NOT_FOR_SALE: Final = Text(
    "这种卡可以赠送，不能出售（产品条款）。",
    "Cards of this kind can be given, but not sold (terms of the product).",
)
HOPS: Final = Text(
    "这张卡最多转手 {n} 次，次数已用完（产品条款）。",
    "This card may change hands {n} times at most, and it has (terms of the product).",
)
COOLING_OFF: Final = Text(
    "刚激活的卡有冷静期，{when}之后可以出售（产品条款）。",
    "A new card has a cooling-off period; it can be sold from {when} (terms of the product).",
)
EXPIRES_SOON: Final = Text(
    "这张卡快到期了，来不及成交和交付。", "This card expires too soon to be sold and delivered."
)
HOLD_TOO_SHORT: Final = Text(
    "这种卡的锁定时间太短，不够完成一次出售（产品条款）。",
    "Cards of this kind cannot be set aside for long enough to sell them (terms of the product).",
)
OVER_CAP: Final = Text(
    "最多可标 {cap}：余额的 {share}，这是转让价上限（产品条款）。",
    "At most {cap}: {share} of the balance is the resale cap (terms of the product).",
)
NO_PAYEE: Final = Text(
    "你还没有登记收款账户，卖出后没法付款给你。请联系客服，由财务登记。",
    "There is no account yet that you could be paid to. Ask our support: our finance staff enter it.",
)
NO_PRICE: Final = Text("请输入大于零的价格，例如 450.00。", "Enter a price above nothing, such as 450.00.")
LISTED_ALREADY: Final = Text("这张卡已经在出售了。", "This card is on sale already.")
NONE_CHOSEN: Final = Text("请先选择要出售的卡。", "Choose the cards to sell first.")
TOO_MANY_AT_ONCE: Final = Text("一次最多出售 {n} 张。", "At most {n} cards at a time.")
NEWCOMER: Final = Text(
    "同时最多出售 {n} 张，你已有 {m} 张在售。完成的交易额越多，额度越高。",
    "You may offer {n} cards at a time and offer {m} already. The limit grows with the value of what you completed.",
)
OVER_VALUE: Final = Text(
    "单笔最多 {most}：这是目前的额度。完成的交易额越多，额度越高。",
    "One order may be {most} at most for you now. The limit grows with the value of what you completed.",
)
NOT_IN_GROUP: Final = Text("你不在这个群里，或者群已关闭。", "You are not in this group, or it is closed.")
NOT_IN_SIGHT: Final = Text(
    "对方已看不到这张卡（已离开这个群，或卡已移出），不能再谈。",
    "They cannot see this card any more (they left the group, or it was taken out), so there is nothing to agree on.",
)
OWN_OFFER: Final = Text("这是你自己出售的卡。", "This is your own card.")
OFFER_TOO_HIGH: Final = Text(
    "出价须低于标价 {price}；想按标价买，可以直接购买。",
    "An offer has to be below the price asked, {price}; to pay that, simply buy it.",
)
COUNTER_TOO_HIGH: Final = Text(
    "还价须低于你的标价 {price}；想坚持标价，选“不接受”。",
    "Your price has to be below the {price} that you ask; to keep to that, do not accept.",
)
OFFER_EXISTS: Final = Text(
    "你已有一个出价在等回复，可以先撤回。", "You have an offer waiting for an answer; take it back first."
)
TOO_MANY_OFFERS: Final = Text(
    "等待回复的出价已有 {n} 个，请先等回复或撤回。",
    "You have {n} offers waiting for answers; wait for those, or take one back.",
)
KEPT_FOR_ANOTHER: Final = Text(
    "卖家已接受另一位买家的出价，正在为其保留。若未成交，将重新上架。",
    "The seller has accepted somebody else's offer and keeps the card for them. If they do not buy it, it comes back.",
)
NO_LIMITS: Final = Text(
    "集市目前不支持 {currency} 的卡：这种货币还没有设定交易限额。",
    "Cards in {currency} cannot be traded here for now: no limits are set for that currency.",
)
PACE_CHANGED: Final = Text(
    "自动确认的时间变了，请按新的条款再确认一次。",
    "The time after which it is confirmed by itself has changed; read the new terms and confirm once more.",
)
NOT_KEPT: Final = Text(
    "保留时间已过，这个价格不再有效。", "The time for which it was kept is over, and so is this price."
)
EMPTY: Final = Text("请写点什么。", "Write something first.")
TOO_LONG: Final = Text("太长了，最多 {n} 个字。", "That is too long: at most {n} characters.")
TOO_FAST: Final = Text("发得太快了，请稍等一会儿。", "That is a lot at once; wait a little.")
TALK_OVER: Final = Text(
    "这张卡已不在出售，对话已结束。", "The card is not on sale any more; the talk has ended."
)


def raise_if(refused: Refused | None, field: str = "") -> None:
    """Raises `NotPossible` with the machine's words, if it refuses."""
    if refused is not None:
        refusal = of_machine(refused)
        refusal.field = field
        raise refusal
