"""What a party agrees to with one button, each on a page of its own that says beforehand what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from cardtrail.deals.moves.accepting import OPEN, staff_alone
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import SELLERS_CARD, Side, Stage
from cardtrail.web.market.order_access import Own
from cardtrail.web.orders import acts, providers
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.money import format_money

Do = Callable[[HttpRequest, Deal, int], Deal]


@dataclass(frozen=True, slots=True)
class Act:
    """One agreement.

    follows   what will happen, with places for `values_of`
    possible  whether it makes sense to offer it; whether it may happen is the machine's to say
    do        does it; the number is the amount that the person saw, for what is about one
    done      said afterwards, where the page that follows does not say it by its first line
    """

    title: Text
    follows: Text
    button: Text
    done: Text | None
    possible: Callable[[Own], bool]
    do: Do
    icon: str = "check"
    danger: bool = False


def values_of(own: Own) -> dict[str, object]:
    """What the words of an agreement have places for."""
    order = own.order
    part = order.proposal.refund_minor if order.proposal is not None else 0
    return {
        "last": card_number(order.serial)[-4:],
        "price": format_money(order.price_minor, order.currency),
        "part": format_money(part, order.currency),
        "rest": format_money(order.price_minor - part, order.currency),
        "provider": providers.name_of(own.deal.provider),
    }


def offered(own: Own) -> dict[str, Act]:
    """What this party can agree to now, by name."""
    return {name: act for name, act in ACTS.items() if act.possible(own)}


def _disputed(own: Own) -> bool:
    return own.order.stage is Stage.DISPUTED and own.order.dispute in OPEN


def may_settle(order: Order) -> bool:
    """Whether the two can still end a dispute between them."""
    return order.stage is Stage.DISPUTED and order.dispute in OPEN and not staff_alone(order)


def _may_drop(own: Own) -> bool:
    return own.buying and may_settle(own.order) and own.order.card not in SELLERS_CARD


def _may_concede(own: Own) -> bool:
    return not own.buying and _disputed(own) and not own.order.card_used


def _proposed_to(own: Own) -> bool:
    proposal = own.order.proposal
    return may_settle(own.order) and proposal is not None and proposal.side is not own.side


def _may_confirm(own: Own) -> bool:
    return own.side is Side.BUYER and own.order.stage is Stage.DELIVERED


def _unpaid(own: Own) -> bool:
    return own.buying and own.order.stage in (Stage.AWAITING_PAYMENT, Stage.PAYMENT_PENDING)


ACTS: Final[Mapping[str, Act]] = {
    "confirm": Act(
        Text("确认收货", "Confirm receipt"),
        Text(
            "卡已在你的钱包，余额和状态你看过了。确认后 {price} 归卖家，不能再发起争议。",
            "The card is in your wallet and you have looked at it. Once you confirm, {price} is the seller's, and no "
            "dispute can be opened any more.",
        ),
        Text("确认收货", "Confirm receipt"),
        None,
        _may_confirm,
        lambda request, deal, _: acts.confirm_receipt(request, deal),
    ),
    "cancel": Act(
        Text("取消订单", "Cancel the order"),
        Text(
            "卡重新上架，别人可以买。若你已经付款，款项会原路退回。",
            "The card is offered to others again. If you have paid already, the money comes back.",
        ),
        Text("取消订单", "Cancel the order"),
        None,
        _unpaid,
        lambda request, deal, _: acts.cancel(request, deal),
        "cross",
        danger=True,
    ),
    "done": Act(
        Text("举证完毕", "I have shown all"),
        Text(
            "之后你不能再补充材料。双方都举证完毕，工作人员就开始裁决。",
            "You cannot add anything afterwards. Once both sides have shown all, our staff decide.",
        ),
        Text("举证完毕", "I have shown all"),
        Text("已记下。", "Noted."),
        lambda own: own.side in own.order.evidence_open,
        lambda request, deal, _: acts.evidence_done(request, deal),
    ),
    "drop": Act(
        Text("撤回争议", "Take the dispute back"),
        Text(
            "等于确认收货：卡解锁归你使用，{price} 归卖家，不能再次争议。",
            "This confirms receipt: the card is yours to use, {price} is the seller's, and there is no second dispute.",
        ),
        Text("撤回争议并确认收货", "Take it back and confirm"),
        Text("争议已撤回。", "The dispute is over."),
        _may_drop,
        lambda request, deal, _: acts.drop_dispute(request, deal),
        danger=True,
    ),
    "concede": Act(
        Text("同意全额退款", "Refund all of it"),
        Text(
            "卡先退回你的钱包，随后 {price} 全额退给买家，争议了结。",
            "The card first comes back to your wallet, then all {price} goes back to the "
            "buyer, and it is over.",
        ),
        Text("同意全额退款", "Refund all of it"),
        Text("已同意，卡正在退回给你。", "Agreed; the card is on its way back to you."),
        _may_concede,
        lambda request, deal, _: acts.concede(request, deal),
        "hand-return",
        danger=True,
    ),
    "accept": Act(
        Text("接受和解方案", "Accept the offer"),
        Text(
            "{part} 退给买家，{rest} 付给卖家，卡归买家，争议了结，不能申诉。",
            "{part} goes back to the buyer, {rest} to the seller; the buyer keeps the card. It is over, without an "
            "appeal.",
        ),
        Text("接受", "Accept"),
        Text("已和解。", "Settled."),
        _proposed_to,
        acts.accept_split,
    ),
    "accept-decision": Act(
        Text("接受裁决", "Accept the decision"),
        Text(
            "你不再申诉。没有别人可以申诉时，裁决立即生效。",
            "You will not appeal. If nobody else can, it stands at once.",
        ),
        Text("接受裁决", "Accept the decision"),
        Text("已接受裁决。", "Accepted."),
        lambda own: own.side in own.order.appeal_open,
        lambda request, deal, _: acts.accept_decision(request, deal),
    ),
}
