"""What a notice is headed: a few words by its kind. The sentence itself stands below."""

from __future__ import annotations

from typing import Final

from cardtrail.web.ui.texts import Text

NOTICE: Final = Text("通知", "Notice")

_KINDS: Final = {
    "cards.came": Text("卡已到账", "A card arrived"),
    "cards.left": Text("卡已转出", "A card left you"),
    "cards.split": Text("卡已拆分", "Card split"),
    "cards.merged": Text("卡已合并", "Cards merged"),
    "cards.activated": Text("卡已激活", "Card activated"),
    "cards.frozen": Text("卡已冻结", "Card frozen"),
    "cards.unfrozen": Text("卡已解冻", "Card unfrozen"),
    "cards.voided": Text("卡已作废", "Card voided"),
    "cards.rebind": Text("有人报失了你的卡", "Your card was reported lost"),
    "cards.loss": Text("报失进展", "Your lost card"),
    "cards.appeal": Text("申诉结果", "Your appeal"),
    "cases.decided": Text("案件有了决定", "Case decided"),
    "cases.message": Text("客服来信", "Message from support"),
    "checkout.stuck": Text("付款遇到问题", "Payment in trouble"),
    "gifts.held": Text("卡已锁定", "Set aside"),
    "gifts.returned": Text("卡已退回", "Yours again"),
    "gifts.offered": Text("有人送你一张卡", "A gift for you"),
    "gifts.reviewed": Text("赠送已审核", "Your gift was reviewed"),
    "identity.checked": Text("身份核验通过", "Identity accepted"),
    "identity.refused": Text("身份核验未通过", "Identity not accepted"),
    "looks.look": Text("工作人员看过你的资料", "Our staff looked at your record"),
    "market.held": Text("卡已锁定", "Set aside"),
    "market.returned": Text("卡已解锁", "Yours again"),
    "market.listed": Text("已上架", "On sale"),
    "market.delisted": Text("已下架", "Taken down"),
    "market.expired": Text("没有成交，卡已退回", "Not sold; yours again"),
    "market.withdrawn": Text("不再出售", "Not offered any more"),
    "market.message": Text("集市上有新留言", "A message on the market"),
    "market.offer_open": Text("有人出价", "Somebody made an offer"),
    "market.offer_countered": Text("卖家还价", "The seller asks another price"),
    "market.offer_accepted": Text("出价已被接受", "Your price was accepted"),
    "market.offer_rejected": Text("出价没有被接受", "Your price was not accepted"),
    "market.offer_withdrawn": Text("对方撤回了出价", "A price was taken back"),
    "market.offer_expired": Text("出价过期了", "An offer has expired"),
    "market.offer_superseded": Text("出价已失效", "An offer is void"),
    "payments.redeemed": Text("消费", "Payment"),
    "payments.refunded": Text("退款到卡", "Refund"),
    "payments.failed": Text("付款未完成", "Payment not made"),
    "reminders.expiry": Text("卡快到期了", "A card expires soon"),
    "reminders.gift": Text("礼物还没人领", "Gift not claimed yet"),
    "security.payee": Text("收款账户变更", "Where you are paid"),
    "security.staff": Text("员工身份变更", "Your role on the staff"),
    "new_device": Text("新设备登录", "A new device signed in"),
    "webhooks.stopped": Text("事件推送已停用", "Webhook disabled"),
}

_GROUPS: Final = {
    "cards": Text("卡片变动", "Your card"),
    "cases": Text("案件", "Your case"),
    "desk": Text("有事等你处理", "Work for you"),
    "gifts": Text("礼物", "Gift"),
    "market": Text("集市", "Market"),
    "orders": Text("订单", "Your order"),
    "payments": Text("付款", "Payment"),
    "reminders": Text("提醒", "Reminder"),
    "returns": Text("交回品牌", "Return to the brand"),
    "security": Text("账户安全", "Account security"),
}


def title_of(kind: str) -> Text:
    """The title for a kind of notice; one that has none of its own takes its group's."""
    return _KINDS.get(kind) or _GROUPS.get(kind.partition(".")[0], NOTICE)
