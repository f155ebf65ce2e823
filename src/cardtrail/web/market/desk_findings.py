"""What reconciling has found: what differs, where, and what each side says, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Matter
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

_NAMES: Final = {
    "order": Text("订单", "The order says"),
    "ledger": Text("账本", "The ledger says"),
    "provider": Text("支付服务", "The provider says"),
    "paid": Text("已付", "Paid"),
    "payment": Text("付款编号", "Payment"),
    "event": Text("通知", "Notice of"),
    "payee": Text("现在的账户，尾号", "The account now, its end"),
    "serial": Text("卡序号", "Card's serial"),
    "released": Text("付给卖家", "to the seller"),
    "refunded": Text("退给买家", "back to the buyer"),
}
_AMOUNTS: Final = frozenset(("paid", "released", "refunded"))


def differences(matter: Matter) -> list[tuple[Text, str]]:
    """What was compared: who says what."""
    currency = "CNY" if matter.deal is None else matter.deal.currency
    return [(_name(key), _value(key, value, currency)) for key, value in matter.facts.items()]


def _name(key: str) -> Text:
    return _NAMES.get(key, Text(key, key))


def _value(key: str, value: object, currency: str) -> str:
    if isinstance(value, Mapping):
        return str(_joined((_name(each), _value(each, what, currency)) for each, what in value.items()))
    if key in _AMOUNTS and isinstance(value, int):
        return format_money(value, currency)
    if key == "provider":
        return str(providers.name_of(str(value)))
    return str(value)


def _joined(parts: Iterable[tuple[Text, str]]) -> Text:
    pairs = list(parts)
    return Text(
        "，".join(f"{name.zh} {value}" for name, value in pairs),
        ", ".join(f"{value} {name.en}" for name, value in pairs),
    )
