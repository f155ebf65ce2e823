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

TONES: Final[dict[str, str]] = {
    State.QUOTED: "info",
    State.PAID: "good",
    State.REFUSED: "bad",
    State.GIVEN_BACK: "bad",
    State.LAPSED: "",
    **dict.fromkeys((State.CONFIRMED, State.TAKING, State.OWED, State.RETURNING), "warn"),
}
"""How a badge looks."""
