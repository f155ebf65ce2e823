"""Why an action was refused, in words for people. Codes of the ledger (`wire.reasons`) and a few of our own."""

from __future__ import annotations

from cardtrail.web.ui.texts import Text
from cardtrail.wire.reasons import Reason

NOT_OURS = "not_ours"
TOO_LATE = "too_late"
NO_IDENTITY = "no_identity"
NO_AUTHORITY = "no_authority"
UNCONFIRMED = "unconfirmed"
NOT_MADE = "not_made"
PASSED_ON = "passed_on"
SPENT = "spent"
PRICE_NOT_ASKED = "price_not_asked"
SELF_PURCHASE = "self_purchase"
NOT_CLEARED = "clearance_missing"
BALANCE_CHANGED = "balance_changed"

_OWN: dict[str, Text] = {
    NOT_OURS: Text(
        "打不开这张卡：卡号或密码有误，或者它已被领取。",
        "This does not open the card: mistyped, or claimed already.",
    ),
    TOO_LATE: Text("确认得太晚，没有执行。", "It was confirmed too late and was not done."),
    NO_IDENTITY: Text(
        "这种卡是记名卡，请先完成身份核验。",
        "Cards of this kind bear a name; please have your identity checked first.",
    ),
    NO_AUTHORITY: Text(
        "这里没有保管所需的机构密钥。", "The authority's key that this needs is not kept here."
    ),
    NOT_MADE: Text(
        "这些卡没有发行成功，所以后续步骤没有执行。",
        "The cards were not issued, so what was to follow was not done.",
    ),
    PASSED_ON: Text(
        "卡已换了持有人，钱没有退到卡上。",
        "The card has another owner by now, so the money did not go back to it.",
    ),
    SPENT: Text("卡内余额少于约定的金额。", "There is less on the card than was agreed."),
    PRICE_NOT_ASKED: Text(
        "卡没有按这个价格锁定，所以没有交付。",
        "The card was not set aside at this price, so it was not delivered.",
    ),
    BALANCE_CHANGED: Text(
        "卡的余额变了，报价不再有效。", "The card's balance has changed, so the quote no longer stands."
    ),
    SELF_PURCHASE: Text("不能购买自己的卡。", "One cannot buy one's own card."),
    UNCONFIRMED: Text(
        "操作与确认时的内容不符，没有执行。工作人员已收到通知。",
        "This is not what was confirmed, so it was not done. Our staff have been told.",
    ),
}

_LEDGER: dict[Reason, Text] = {
    Reason.NOT_AUTHORISED: Text("签名的机构无权做这件事。", "The authority that signed may not do this."),
    Reason.UNKNOWN_CARD: Text("没有这张卡。", "There is no such card."),
    Reason.CARD_DEAD: Text(
        "这张卡已作废、拆分或合并，不能再使用。", "The card was voided, split or merged and is at its end."
    ),
    Reason.CARD_NOT_HELD: Text(
        "这张卡没有被锁定：可能已被领取或收回。", "The card is not set aside: it was taken, or taken back."
    ),
    Reason.NOT_OWNER: Text("这张卡已不在你名下。", "The card is no longer yours."),
    Reason.NOT_RELEASER: Text("这个链接打不开这张卡。", "This link does not open the card."),
    Reason.WRONG_VERSION: Text(
        "这张卡刚刚有变动，请再试一次。", "The card has just changed; please try again."
    ),
    Reason.CARD_INACTIVE: Text(
        "这张卡还没有激活，请联系售卡处。", "The card is not active yet; ask where it was sold."
    ),
    Reason.CARD_ALREADY_ACTIVE: Text("卡已激活。", "The card is active already."),
    Reason.CARD_EXPIRED: Text(
        "这张卡已到期；余额仍在，可请品牌重新激活。",
        "The card has expired. Its balance is not lost: the brand can re-activate it.",
    ),
    Reason.CARD_FROZEN: Text(
        "这张卡已冻结，卡片页写明了原因和申诉方法。",
        "The card is frozen; its page says why and how to appeal.",
    ),
    Reason.CARD_NOT_FROZEN: Text("这张卡没有冻结。", "The card is not frozen."),
    Reason.FROZEN_BY_ANOTHER: Text(
        "这张卡由另一机构冻结，须由它或监管方解冻。",
        "Another authority froze the card; it or the regulator must lift it.",
    ),
    Reason.CARD_HELD: Text(
        "这张卡已锁定给别人，请先收回。", "The card is set aside for somebody; take it back first."
    ),
    Reason.HOLD_EXPIRED: Text(
        "领取时间已过，卡会回到赠送人手中。", "The time to claim is over; the card goes back to its giver."
    ),
    Reason.HOLD_NOT_EXPIRED: Text("锁定还没有到期。", "The card is set aside until a later time."),
    Reason.REBIND_PENDING: Text("换绑等待期还没有结束。", "The rebind's waiting time is not over yet."),
    Reason.NOT_TRANSFERABLE: Text("这种卡不能转让。", "Cards of this kind cannot be passed on."),
    Reason.NOT_FOR_SALE: Text("这种卡可以赠送，不能出售。", "Cards of this kind can be given, but not sold."),
    Reason.COOLING_OFF: Text(
        "刚激活的卡要过冷静期才能转让。", "A card that was just activated cannot be passed on yet."
    ),
    Reason.TOO_MANY_HOPS: Text(
        "这张卡的转让次数已用完。", "The card has been passed on as often as it may be."
    ),
    Reason.HOLD_TIME_NOT_ALLOWED: Text("领取期限太长或已过去。", "The time to claim is too long, or past."),
    Reason.SPLIT_NOT_ALLOWED: Text("这种卡不能拆分。", "Cards of this kind cannot be split."),
    Reason.MERGE_NOT_ALLOWED: Text("这种卡不能合并。", "Cards of this kind cannot be merged."),
    Reason.PRODUCTS_DIFFER: Text("只有同一种卡才能合并。", "Only cards of one kind can be merged."),
    Reason.AMOUNT_OVER_BALANCE: Text("金额超过余额。", "The amount is more than the balance."),
    Reason.AMOUNT_OVER_FACE: Text(
        "退款会使余额超过面值。", "The refund would lift the card above its face value."
    ),
    Reason.PARTS_DO_NOT_SUM: Text("各份之和须等于余额。", "The parts must add up to the balance."),
    Reason.FACE_OVER_LIMIT: Text(
        "合并后会超过这种卡的面值上限。", "Together they would exceed the face limit of this kind."
    ),
    Reason.FACE_NOT_ALLOWED: Text(
        "这种卡没有这个面值。", "Cards of this kind do not come with this face value."
    ),
    Reason.BAD_TERMS: Text(
        "条款自相矛盾，或名称含有不允许的字符。",
        "The terms contradict themselves, or the name has characters that may not be in it.",
    ),
    Reason.CLEARANCE_MISSING: Text("此操作需要风控放行。", "This needs a clearance."),
    Reason.ENVELOPE_MISSING: Text(
        "这种卡是记名卡，请先完成身份核验。",
        "Cards of this kind bear a name; please have your identity checked first.",
    ),
}


def words_of(code: str) -> Text:
    """The words for a refusal's code. A code that people do not meet in our pages speaks as the ledger does."""
    if code in _OWN:
        return _OWN[code]
    reason = Reason.__members__.get(code.upper())
    if reason is None:
        return Text(f"账本没有接受（{code}）。", f"The ledger did not accept it ({code}).")
    return _LEDGER.get(reason) or Text(f"账本没有接受：{reason.value}", reason.value)
