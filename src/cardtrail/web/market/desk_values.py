"""The values from which risk decided, in words: what was known, and the limits that it was compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import length
from cardtrail.wire.money import format_money

NAMES: Final = {
    "value_minor": Text("涉及金额", "Value at stake"),
    "open_value_minor": Text("进行中的交易合计", "Under way in all"),
    "clean_value_minor": Text("无争议的成交合计", "Completed without dispute"),
    "card_age_ms": Text("卡激活已有", "Since the card's activation"),
    "account_age_ms": Text("注册已有", "Since they signed up"),
    "device_age_ms": Text("用这台设备已有", "On this device for"),
    "address_age_ms": Text("用这个网络已有", "In this network for"),
    "factor_age_ms": Text("最近添加验证方式已有", "Since the newest passkey or authenticator app"),
    "proof_age_ms": Text("上次验证本人已有", "Since they last proved who they are"),
    "cards_moved": Text("72 小时内转出的卡", "Cards passed on in 72 hours"),
    "group_cards": Text("连同关联账户转出的卡", "Likewise with linked accounts"),
    "group_size": Text("关联账户（含本人）", "Linked accounts, their own included"),
    "counterparty_kinds": Text("与对方共用的项目", "Things shared with the other side"),
    "penalised_kinds": Text("与受罚账户共用的项目", "Things shared with a penalised account"),
    "penalised_person": Text("本人证件正受处罚", "Their document is under a penalty"),
    "payer_is_person": Text("由本人账户付款", "Paid from their own account"),
}
"""Every signal of risk's but the currency, which stands in the amounts."""

_FACTS: Final = frozenset(("penalised_person", "payer_is_person"))
_YES: Final = (Text("否", "No"), Text("是", "Yes"))
_UNKNOWN: Final = Text("不知道", "Not known")


@dataclass(frozen=True, slots=True)
class Known:
    """One value. `limits`: what it was compared with, and by which rule."""

    name: Text
    value: Text
    limits: Sequence[tuple[Text, str]]


def in_words(values: Mapping[str, int | str]) -> list[Known]:
    """What a decision was made from (`risk.port.Verdict.values`), in the order of `NAMES`; what has no name here comes
    last, as it is."""
    currency = str(values.get("currency", ""))
    found: dict[str, int | str] = {}
    limits: dict[str, list[tuple[Text, str]]] = defaultdict(list)
    for key, value in sorted(values.items()):
        rule, _, rest = key.partition(".")
        if rest:
            measure = rest.partition(".")[0]
            limit = (_written(measure, value, currency), rule)
            if limit not in limits[measure]:  # One limit that grows with two things is one.
                limits[measure].append(limit)
        elif key != "currency":
            found[key] = value
    order = list(NAMES)
    measures = sorted(
        {*found, *limits}, key=lambda each: (order.index(each) if each in NAMES else len(order), each)
    )
    return [
        Known(
            NAMES.get(each, Text(each, each)),
            _written(each, found[each], currency) if each in found else _UNKNOWN,
            limits[each],
        )
        for each in measures
    ]


def _written(measure: str, value: int | str, currency: str) -> Text:
    if not isinstance(value, int):
        return Text(value, value)
    if measure in _FACTS:
        return _YES[bool(value)]
    if measure.endswith("_ms"):
        return length(value)
    written = format_money(value, currency) if measure.endswith("_minor") and currency else f"{value:,}"
    return Text(written, written)
