"""What cannot be done with an order, as a value with a code for programs and words for people."""

from __future__ import annotations

from typing import Final

from cardtrail.deals.codes import Refused
from cardtrail.web.ui.texts import Text


class NotPossible(Exception):  # noqa: N818 - a refusal, not a fault
    """Nothing was done. `code` stays the same for programs, `text` is for people, `field` names what is wrong."""

    def __init__(self, code: str, text: Text, field: str = "") -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text
        self.field = field


def of_machine(refused: Refused) -> NotPossible:
    """The machine's refusal."""
    return NotPossible(refused.code.code, Text(refused.words.zh, refused.words.en))


NOT_ON_SALE: Final = Text("这张卡现在不能购买。", "The card cannot be bought at present.")
RESERVED: Final = Text(
    "已有买家正在付款。若未成交，将重新上架。", "Somebody is buying it. If they do not pay, it comes back."
)
TOO_SHORT: Final = Text(
    "这张卡的出售期限快到了，请卖家重新上架。",
    "The sale of this card ends too soon; its seller can list it anew.",
)
NO_PROVIDER: Final = Text("这种付款方式不可用。", "This way of paying is not available.")
NO_PAYEE: Final = Text("卖家还没有开通收款。", "The seller cannot be paid this way yet.")
NOT_OURS: Final = Text("没有这笔订单。", "There is no such order.")
EMPTY: Final = Text("请写明情况。", "Please say what happened.")
TOO_LONG: Final = Text("文字太长，最多 {most} 个字。", "That is too long: at most {most} characters.")
"""What this room itself refuses; the machine's refusals bring their own words."""
