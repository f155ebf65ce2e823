"""What follows when risk itself fails: never allow."""

from __future__ import annotations

from typing import Final

from cardtrail.risk.port import Outcome, Reason, Verdict
from cardtrail.wire.words import Words

SMALL_UP_TO_MINOR: Final = 50_000
"""Up to ¥500, included, something waits for a person; beyond, or with an unknown value, it is refused for now. Ours."""

CURRENCY: Final = "CNY"

_HOLD = Words(
    zh="现在无法完成风险检查，这笔操作先由工作人员查看。",
    en="The risk check cannot be completed at present; our staff look at this first.",
)
_BLOCK = Words(
    zh="现在无法完成风险检查，这笔操作没有进行。请稍后再试。",
    en="The risk check cannot be completed at present, so this was not done. Please try again later.",
)


def on_failure(value_minor: int | None, currency: str) -> Verdict:
    """The verdict when none could be reached."""
    small = value_minor is not None and currency == CURRENCY and value_minor <= SMALL_UP_TO_MINOR
    outcome = Outcome.HOLD if small else Outcome.BLOCK
    reason = Reason(code="risk_failed", outcome=outcome, unknown=True, words=_HOLD if small else _BLOCK)
    values: dict[str, int | str] = {"currency": currency}
    if value_minor is not None:
        values["value_minor"] = value_minor
    return Verdict(outcome=outcome, reasons=(reason,), values=values, rules=0)
