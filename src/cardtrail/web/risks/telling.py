"""The holder hears of it when somebody with a new device or a new second factor is stopped: it may not be them."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from cardtrail.risk.port import Outcome, Verdict
from cardtrail.web.notices.tell import notify
from cardtrail.web.risks.models import Decision
from cardtrail.web.ui.texts import Text

TAKEN_OVER: Final = frozenset(("new_device_and_address", "new_factor"))
"""Rules by which an account looks taken over."""

_TEXT = Text(
    "有人用新设备或新的验证方式从你的账户转出卡，我们先拦下了。如果不是你，请马上结束陌生会话并修改密码。",
    "Somebody with a new device, or a newly added passkey or app, wanted to move a card out of your account; we have "
    "stopped it for now. If this was not you, end sessions that are not yours and change your password.",
)


def tell_if_taken_over(decision: Decision, verdict: Verdict) -> None:
    """Tell the person, once a decision, if it was stopped for one of these reasons."""
    stopped = verdict.outcome in (Outcome.HOLD, Outcome.BLOCK)
    if stopped and any(reason.code in TAKEN_OVER for reason in verdict.reasons):
        notify(
            decision.person,
            "security.stopped",
            key=f"risk/{decision.pk}",
            text=_TEXT,
            serial=decision.serial,
            url=reverse("devices"),
        )
