"""Every type of event that the brand's systems can subscribe to, and the fields its data may have.

Closed on purpose: what is not named here cannot leave. No field holds a person's name or address, a code, a key or
any other secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cardtrail.web.ui.texts import Text

MAX_TEXT = 200
MAX_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event's data.

    kind   `integer`, `text`, `integers` or `texts`
    """

    name: str
    kind: str
    text: Text


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: its name in CloudEvents' `type`, what it means, what its data always and may have."""

    name: str
    title: Text
    text: Text
    always: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def fields(self) -> list[Field]:
        """Its fields, those that are always there first."""
        return [FIELDS[name] for name in (*self.always, *self.optional)]

    def __str__(self) -> str:
        return self.name


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("serial", "integer", Text("卡的序列号", "the card's serial")),
        Field("card_number", "text", Text("卡号，16 位数字", "the card's number, 16 digits")),
        Field("currency", "text", Text("币种（ISO 4217）", "currency (ISO 4217)")),
        Field("amount_minor", "integer", Text("金额（分）", "amount in minor units")),
        Field("balance_minor", "integer", Text("之后的余额（分）", "balance afterwards, in minor units")),
        Field("face_minor", "integer", Text("面值（分）", "face value in minor units")),
        Field("entry", "integer", Text("账本条目的序号", "index of the ledger's entry")),
        Field("product", "integer", Text("产品编号", "product number")),
        Field("order", "text", Text("商户订单号", "the shop's order reference")),
        Field("payment", "text", Text("付款请求编号", "id of the payment request")),
        Field("refund", "text", Text("退款编号", "id of the refund")),
        Field("batch", "text", Text("批次编号", "id of the batch")),
        Field("count", "integer", Text("张数", "number of cards")),
        Field("serials", "integers", Text("相关卡的序列号", "serials of the cards concerned")),
        Field("card_numbers", "texts", Text("相关卡的卡号", "numbers of the cards concerned")),
        Field("until_ms", "integer", Text("截止时间（毫秒）", "until when, in ms since 1970")),
        Field("expires_ms", "integer", Text("有效期至（毫秒）", "end of validity, in ms since 1970")),
        Field(
            "kind",
            "text",
            Text("锁定的种类：gift、sale 或 handed_in", "what it is held for: gift, sale or handed_in"),
        ),
        Field("by", "text", Text("由谁：角色名称", "by whom: name of the role")),
        Field("reason", "text", Text("原因代码", "reason code")),
    )
}

_CARD = ("serial", "card_number")
_MORE = ("entry", "currency", "balance_minor", "product", "face_minor")


def _card(name: str, title: Text, text: Text, *optional: str) -> EventType:
    return EventType(f"card.{name}", title, text, _CARD, (*_MORE, *optional))


def _payment(name: str, title: Text, text: Text, *optional: str) -> EventType:
    always = ("payment", "amount_minor", "currency")
    return EventType(f"payment.{name}", title, text, always, ("order", "entry", *_CARD, *optional))


EVENT_TYPES: dict[str, EventType] = {
    kind.name: kind
    for kind in (
        _card(
            "activated", Text("已激活", "Activated"), Text("卡可以使用了", "a card can be used"), "expires_ms"
        ),
        _card(
            "claimed", Text("已领取", "Claimed"), Text("卡有了第一位持卡人", "a card has its first holder")
        ),
        _card(
            "transferred", Text("已转让", "Transferred"), Text("卡换了持卡人", "a card has another holder")
        ),
        _card(
            "held",
            Text("已锁定", "Held"),
            Text("卡在一段时间内为某事留出", "a card is set aside"),
            "until_ms",
            "kind",
        ),
        _card(
            "released",
            Text("锁定结束", "Hold ended"),
            Text("锁定以交付或归还结束", "a hold ended, by release or by giving the card back"),
            "reason",
        ),
        _card(
            "redeemed",
            Text("已消费", "Redeemed"),
            Text("卡付了一笔款", "a card has paid"),
            "amount_minor",
            "order",
        ),
        _card(
            "refunded",
            Text("已退款", "Refunded"),
            Text("款项退回卡上", "money went back to a card"),
            "amount_minor",
            "order",
        ),
        _card("frozen", Text("已冻结", "Frozen"), Text("卡被停用", "a card was stopped"), "by", "reason"),
        _card("unfrozen", Text("已解冻", "Unfrozen"), Text("卡恢复使用", "a card goes on"), "by", "reason"),
        _card(
            "voided",
            Text("已作废", "Voided"),
            Text("卡永久作废", "a card ended for good"),
            "amount_minor",
            "by",
            "reason",
        ),
        _card(
            "split",
            Text("已拆分", "Split"),
            Text("一张卡变成几张", "one card became several"),
            "serials",
            "card_numbers",
        ),
        _card(
            "merged",
            Text("已合并", "Merged"),
            Text("几张卡变成一张", "several cards became one"),
            "serials",
            "card_numbers",
        ),
        _card(
            "rebind_requested",
            Text("申请换绑", "Rebind requested"),
            Text("持卡人报失，换绑的异议期开始", "a loss was reported; the time for objections runs"),
            "until_ms",
        ),
        _payment(
            "created",
            Text("付款请求已建立", "Payment created"),
            Text("等待付款", "it waits to be paid"),
            "until_ms",
        ),
        _payment(
            "paid",
            Text("付款完成", "Payment paid"),
            Text("账本已记账", "the ledger has it"),
            "serials",
            "card_numbers",
        ),
        _payment(
            "expired", Text("付款请求过期", "Payment expired"), Text("没有人付款", "nobody paid in time")
        ),
        _payment(
            "cancelled",
            Text("付款请求取消", "Payment cancelled"),
            Text("商户取消了", "the shop cancelled it"),
        ),
        _payment(
            "refunded",
            Text("付款已退款", "Payment refunded"),
            Text("全部或部分退回卡上", "all or part of it went back to the card"),
            "refund",
        ),
        EventType(
            "batch.issued",
            Text("批次已发行", "Batch issued"),
            Text("一批卡已在账本上", "a batch of cards is on the ledger"),
            ("batch", "count"),
            ("product", "face_minor", "currency", "entry"),
        ),
        EventType(
            "batch.delivered",
            Text("批次已交付", "Batch delivered"),
            Text("卡密已取走，不会再次提供", "its codes were collected and will not be given again"),
            ("batch", "count"),
            ("product", "face_minor", "currency"),
        ),
        EventType(
            "endpoint.test",
            Text("测试", "Test"),
            Text("由工作人员发出，用来检查接收端", "sent by staff, to check the receiver"),
            (),
        ),
    )
}


def check_data(kind: EventType, data: Mapping[str, object]) -> None:
    """Raise `ValueError` unless the data are what the type promises: a bug of the caller, not of a person."""
    missing = set(kind.always) - set(data)
    foreign = set(data) - set(kind.always) - set(kind.optional)
    if missing or foreign:
        raise ValueError(f"{kind.name}: missing {sorted(missing)}, not allowed {sorted(foreign)}")
    wrong = [name for name, value in data.items() if not _fits(FIELDS[name].kind, value)]
    if wrong:
        raise ValueError(f"{kind.name}: not of their kind {sorted(wrong)}")


def _fits(kind: str, value: object) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and "\0" not in value
    one = kind.removesuffix("s")
    return isinstance(value, list) and len(value) <= MAX_ITEMS and all(_fits(one, item) for item in value)
