"""How a card stands and under which terms, in whole sentences with what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length
from cardtrail.wire.money import format_money
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.roles import Role


@dataclass(frozen=True, slots=True)
class Standing:
    """A sentence about a card's state, how serious it is, and an icon."""

    tone: str
    icon: str
    text: Text


_STANDINGS: Final = {
    "active": Standing(
        "good", "check", Text("这张卡归你所有，可以直接使用。", "This card is yours and ready to use.")
    ),
    "empty": Standing(
        "info",
        "check",
        Text("余额已用完。如有退款，会回到这张卡上。", "The balance is used up. A refund would come back to it."),
    ),
    "inactive": Standing(
        "warn", "pause", Text("这张卡还没有激活，请联系售卡处。", "This card is not active yet; ask where it was sold.")
    ),
    "held": Standing(
        "warn",
        "gift",
        Text(
            "你已送出这张卡，对方还没有领取。没人领取之前你可以收回；到期会自动退回。",
            "You have given this card and nobody has claimed it yet. Until somebody does you can take it back; after "
            "its date it comes back by itself.",
        ),
    ),
    "sale": Standing(
        "warn",
        "sale",
        Text("这张卡正在出售，成交或撤回之前不能使用。", "This card is on sale; until that ends it cannot be used."),
    ),
    "escrow": Standing(
        "warn",
        "lock",
        Text(
            "有买家下单了，卡为这笔订单锁定。货款到账后自动交付；订单取消，卡就解锁。",
            "Somebody has ordered this card, and it is kept for that order. It is delivered once the money has come; "
            "if the order is cancelled, the card is free again.",
        ),
    ),
    "dispute": Standing(
        "bad",
        "dispute",
        Text(
            "这张卡在争议中，已锁定：了结之前不能使用，也不能转走；货款同样不动。",
            "This card is in dispute and set aside: until that is settled it can neither be used nor passed on, and "
            "the money stays where it is as well.",
        ),
    ),
    "handed_in": Standing(
        "info",
        "brand-return",
        Text("这张卡正在交回品牌。", "This card is on its way back to the brand."),
    ),
    "rebind": Standing(
        "bad",
        "key",
        Text(
            "有人报失了这张卡并申请换绑。如果卡没有丢，请马上提出异议。",
            "Somebody reported this card lost and wants it rebound. If you have not lost it, object now.",
        ),
    ),
    "expired": Standing(
        "bad",
        "clock",
        Text(
            "这张卡已到期。余额没有消失：重新激活后可以继续使用。",
            "This card has expired. Its balance is not gone: once it is re-activated you can go on using it.",
        ),
    ),
    "expired_empty": Standing(
        "info",
        "clock",
        Text("这张卡已到期，余额已用完。", "This card has expired, and its balance is used up."),
    ),
    "void": Standing(
        "info",
        "cross",
        Text("发卡方已作废这张卡，它不能再使用。", "The issuer voided this card; it cannot be used any more."),
    ),
    "split": Standing(
        "info", "split", Text("这张卡已拆分，余额在拆出的卡上。", "This card was split; its balance is on its parts.")
    ),
    "merged": Standing(
        "info",
        "merge",
        Text("这张卡已合并，余额在合并后的卡上。", "This card was merged; its balance is on the new card."),
    ),
}  # fmt: skip

_FROZEN_BY: Final = {
    Role.ISSUER: Text("发卡方", "the issuer"),
    Role.CLEARER: Text("风控方", "risk control"),
    Role.REGULATOR: Text("监管方", "the regulator"),
}
_FROZEN: Final = Text(
    "这张卡已被{who}冻结，余额不变，暂时不能使用或转让。如果是你自己停用的，请联系客服核实身份后解冻；如果不是，可以向客服申诉。",
    "This card was frozen by {who}. Its balance is unchanged, but it cannot be used or passed on. If you stopped it "
    "yourself, support lifts this once they know it is you; if not, you can appeal to them.",
)


Other = Callable[[Card], Standing | None]

others: Final[list[Other]] = []
"""Functions of higher apps, given once at the start: how a card stands that they know more about than the ledger says;
none for any other card."""


def standing(card: Card) -> Standing:
    """How a card stands."""
    for other in others:
        known = other(card)
        if known is not None:
            return known
    state = card.shown_state
    if state == "expired" and not card.balance_minor:
        state = "expired_empty"
    if state != "frozen":
        return _STANDINGS[state]
    who = _FROZEN_BY.get(Role(card.frozen_by or Role.ISSUER), Text("管理方", "an authority"))
    return Standing("bad", "snowflake", _FROZEN.format(who=who))


def rules(terms: Terms) -> list[Text]:
    """A product's terms, one plain sentence each."""
    found = [_passing(terms)]
    if terms.transferable is not Transferable.NO:
        found.append(
            Text(
                "最多转手 {n} 次；每次送出最长保留 {time}。",
                "May change hands {n} times at most; a gift waits {time} at most.",
            ).format(n=terms.max_hops, time=length(terms.hold_limit_ms))
        )
    if terms.cooling_off_ms:
        found.append(
            Text(
                "激活后 {time} 内不能转让。", "Cannot be passed on during the first {time} after activation."
            ).format(time=length(terms.cooling_off_ms))
        )
    found.append(_dividing(terms))
    found.append(
        Text("没有有效期，余额长期有效。", "No expiry date: the balance stays valid.")
        if terms.validity_ms is None
        else Text(
            "激活后 {time} 内有效；到期后余额保留，可以在卡片页请求重新激活。",
            "Valid for {time} from activation; after that the balance is kept, and you can ask on the card's page to "
            "have it re-activated.",
        ).format(time=length(terms.validity_ms))
    )
    if terms.named:
        found.append(
            Text(
                "记名卡：接收人须先完成身份核验。",
                "Bears a name: whoever receives it needs a checked identity first.",
            )
        )
    found.append(
        Text("单卡面值最高 {amount}。", "At most {amount} of face value on one card.").format(
            amount=format_money(terms.face_limit_minor, terms.currency)
        )
    )
    return found


def _passing(terms: Terms) -> Text:
    if terms.transferable is Transferable.NO:
        return Text("不能转让，只供本人使用。", "Cannot be passed on; for its holder alone.")
    if terms.transferable is Transferable.GIFT:
        return Text("可以赠送，不能出售。", "May be given, but not sold.")
    return Text("可以赠送，也可以转让给他人。", "May be given or passed on to others.")


def _dividing(terms: Terms) -> Text:
    if terms.split and terms.merge:
        return Text("可以拆分，也可以与同种卡合并。", "Can be split, and merged with cards of its kind.")
    if terms.split:
        return Text("可以拆分，不能合并。", "Can be split, but not merged.")
    if terms.merge:
        return Text("可以与同种卡合并，不能拆分。", "Can be merged with cards of its kind, but not split.")
    return Text("不能拆分或合并。", "Can be neither split nor merged.")
