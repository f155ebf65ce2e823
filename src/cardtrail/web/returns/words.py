"""States of a return in words."""

from __future__ import annotations

from typing import Final

from cardtrail.web.returns.models import Return
from cardtrail.web.ui.texts import Text

State = Return.State

STATE_WORDS: Final[dict[str, Text]] = {
    State.QUOTED: Text("已报价", "Quoted"),
    State.LAPSED: Text("已失效", "Lapsed"),
    State.CONFIRMED: Text("正在交回", "Being handed back"),
    State.TAKING: Text("正在收下", "Being taken"),
    State.OWED: Text("正在付款", "Being paid"),
    State.PAID: Text("已完成", "Done"),
    State.REFUSED: Text("没有交回", "Not handed back"),
    State.RETURNING: Text("正在归还", "Coming back"),
    State.GIVEN_BACK: Text("已归还", "Given back"),
}

REFUSED: Final = Text("付款被拒，在处理", "Payout refused, being seen to")
"""Instead of "being paid", where the provider refuses to."""

PAYOUT_REFUSED: Final = Text("付款被拒", "Payout refused")
"""The same for staff: they are the ones to see to it."""

ANSWER_WORDS: Final = {
    "": Text("还没有付", "Not tried yet"),
    "away": Text("付款渠道没有答复，会自动再试", "The provider does not answer; it is tried again"),
    "pending": Text("付款渠道正在处理", "The provider works on it"),
    "failed": Text("出错了，会自动再试", "Something broke; it is tried again"),
    "unconfirmed": Text("记录与持卡人的确认不符，未付款", "The row is not what was confirmed; not paid"),
    "done": Text("已付", "Paid"),
    "by_hand": Text("线下付清", "Paid by hand"),
    "not_allowed": Text("渠道不允许付给这个账户", "It does not pay this account"),
    "not_enough": Text("渠道中的余额不足", "There is not enough money with it"),
    "key_reused": Text("付款键已用于另一笔款", "The key stands for another payout"),
    "closed": Text("账户已关闭", "The account is closed"),
    "other": Text("未说明原因", "It gives no reason of ours"),
}
"""What became of the last attempt to pay, in words; an answer that is not here is shown as it came."""

TONES: Final[dict[str, str]] = {
    State.QUOTED: "info",
    State.PAID: "good",
    State.REFUSED: "bad",
    State.GIVEN_BACK: "bad",
    State.LAPSED: "",
    **dict.fromkeys((State.CONFIRMED, State.TAKING, State.OWED, State.RETURNING), "warn"),
}
"""How a badge looks."""
