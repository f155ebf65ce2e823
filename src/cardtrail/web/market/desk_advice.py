"""What to do about a matter that a person has to settle, for whoever finds it in the queue."""

from __future__ import annotations

from typing import Final

from cardtrail.web.ui.texts import Text

_COMPARE: Final = Text(
    "对照下面各方的记录，查明哪一方有误并改正，再写明怎么处理的。",
    "Compare what each of them says, find out which is wrong and put it right. Then note what was done.",
)
_TRAIL: Final = Text(
    "账本上的变动不是这笔订单要求的。对照卡迹查明原因，再写明怎么处理的。",
    "The ledger shows something that this order never asked for. Find out why from the card's trail, then note what "
    "was done.",
)

ADVICE: Final = {
    "chargeback": Text(
        "到支付服务的后台答复银行，附上订单、卡迹和双方的材料。银行最后怎么定，会自动记入订单。",
        "Answer the bank on the provider's pages, with the order, the card's trail and what both showed. What the bank "
        "decides in the end is entered in the order by itself.",
    ),
    "chargeback_after_refund": Text(
        "货款已经退给买家，银行又撤回一次。用那笔退款答复银行，以免付两次。",
        "The buyer has the money back already, and the bank took it back besides. Answer the bank with that refund, or "
        "it is paid twice.",
    ),
    "loss": Text(
        "银行已最终撤回付款，卡也已用过。已付给卖家的，欠款列在“卖家欠款”。核对后写明怎么处理的。",
        "The payment is gone for good and the card is used. If the seller was paid, what they owe stands under “Owed "
        "by sellers”. Check it, then note what was done.",
    ),
    "release_refused": Text(
        "支付服务拒绝付给卖家。按代码到它的后台查原因；订单付到下单时的账户，原因消除后自动再付。",
        "The provider refuses to pay the seller. Look up the code on its pages. An order is paid to the account it was "
        "opened with; once the cause is gone, it is tried again by itself.",
    ),
    "refund_refused": Text(
        "支付服务拒绝退给买家。按代码到它的后台查原因；原因消除后自动再退。",
        "The provider refuses to pay the buyer back. Look up the code on its pages; once the cause is gone, it is "
        "tried again by itself.",
    ),
    "stray_refund_refused": Text(
        "一笔不该收的付款退不回去。按代码到支付服务的后台查原因；原因消除后自动再退。",
        "A payment that was not to be taken cannot go back. Look up the code on the provider's pages; once the cause "
        "is gone, it is tried again by itself.",
    ),
    "provider_silent": Text(
        "支付服务一直没有结果，系统会继续询问。到它的后台查这笔款，必要时催办。",
        "The provider has given no result; it is asked again and again. Look the payment up on its pages, and press "
        "them.",
    ),
    "money_moved_oddly": Text(
        "支付服务报告了订单没有要求的资金变动。到它的后台查明原因，再写明怎么处理的。",
        "The provider tells of money that moved without the order's asking. Find out why on its pages, then note what "
        "was done.",
    ),
    "card_not_returned": Text(
        "卡退不回卖家。订单仍有争议的，在订单里裁决；否则查明原因，再写明怎么处理的。",
        "The card cannot go back to the seller. While the order is disputed, decide it there; else find out why, then "
        "note what was done.",
    ),
    "card_not_frozen": Text(
        "卡没能冻结，可能已经用完。马上查看；还有余额的，由风控冻结。",
        "The card could not be frozen; it may be used up. Look at once: if anything is left on it, have it frozen.",
    ),
    "aside_ended_early": Text(
        "争议还在，锁定却结束了，系统已改为冻结这张卡。查看是否冻结成功。",
        "The hold ended before the dispute did; the card is being frozen instead. See whether it is.",
    ),
    "aside_not_ended": Text(
        "锁定没能解除，到期会自行解除。查明原因，并告诉买家何时可用。",
        "The hold could not be ended; it ends by its own time. Find out why, and tell the buyer when that is.",
    ),
    "balance_differs": Text(
        "交付的余额与挂牌时不同。对照卡迹查明原因；买家仍可发起争议。",
        "The card was delivered with another balance than listed. Find out why from its trail; the buyer can still "
        "open a dispute.",
    ),
    "card_moved_oddly": _TRAIL,
    "delivered_unasked": _TRAIL,
    "refused_after_delivery": _TRAIL,
    "ledger_silent": Text(
        "账本一直没有结果，系统会继续询问。请技术人员查看节点是否正常。",
        "The ledger has given no result; it is asked again and again. Have the node looked at.",
    ),
    "recover_card": Text(
        "卡冻结在买家名下，应还给卖家。请卖家挂失，核实后换绑；卖家领回后，这件事自动了结。",
        "The card is frozen with the buyer and has to go back. Have the seller report it lost, check, and rebind it to "
        "them; once they have collected it, this is over by itself.",
    ),
    "card_unknown": _COMPARE,
    "card_not_held": _COMPARE,
    "card_not_aside": _COMPARE,
    "card_not_buyers": _COMPARE,
    "payment_unknown": _COMPARE,
    "money_differs": _COMPARE,
    "money_left": _COMPARE,
    "news_not_taken": Text(
        "账本的一条记录没能写进订单。请技术人员按日志查明原因，再写明怎么处理的。",
        "An entry of the ledger could not be taken into its order. Have the log looked at, then note what was done.",
    ),
    "unknown_order": Text(
        "按下面的编号到支付服务的后台查这笔款。属于我方的，请技术人员查明订单为何找不到；处理后写明。",
        "Look the payment up on the provider's pages by the names below. If it is one of ours, have it looked into why "
        "its order is not found. Then note what was done.",
    ),
    "payee_changed": Text(
        "订单的收款账户与下单时不同，没有付款：可能有人改过数据库。马上请技术人员查明，再写明怎么处理的。",
        "The order's account is not the one it was opened with, and nothing was paid: somebody may have written to the "
        "database. Have it looked into at once, then note what was done.",
    ),
    "aside_of_nobody": Text(
        "卡被锁定，却没有对应的订单。查明原因；锁定到期会自行解除。",
        "A card is set aside for no order. Find out why; the hold ends by its own time.",
    ),
}
"""By the matter's kind. What is decided on a page of its own needs none."""
