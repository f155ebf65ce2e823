"""What the issuing pages share: a form, then a page that says exactly what will happen, then the deed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from cardtrail.web.actions.models import Confirmation
from cardtrail.web.cards.once import token_of
from cardtrail.web.desk.approving import call_second
from cardtrail.web.desk.chunks import work
from cardtrail.web.desk.sections import show
from cardtrail.web.ui.texts import Text

AWAITING = Text("已提交，等另一位工作人员批准。", "Submitted: it waits for a second member of staff.")
UNDER_WAY = Text("已确认，正在执行。", "Confirmed and under way.")
KEPT = Text("没有办成，什么也没有改变：{reason}", "This was not done and nothing has changed: {reason}")


def step_of(request: HttpRequest) -> str:
    """Where somebody is: `form`, `check` (wants to see what would happen), `do` (has agreed to it)."""
    if request.method != "POST" or "edit" in request.POST:
        return "form"
    return "do" if "do" in request.POST else "check"


def ask(
    request: HttpRequest,
    *,
    title: Text,
    agreement: Text,
    facts: Sequence[tuple[Text, object]],
    forms: Sequence[BaseForm],
    button: Text,
    approval: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The page that says what will happen, with the one button that makes it happen."""
    values = {
        "title": title,
        "agreement": agreement,
        "facts": facts,
        "forms": forms,
        "button": button,
        "approval": approval,
        "token": token_of(request),
        **(extra or {}),
    }
    return show(request, "desk/parts/confirm.html", values)


def go_on(request: HttpRequest, confirmation: Confirmation, to: str, done: Text) -> HttpResponse:
    """Do what was confirmed, as far as it goes now, and lead on to `to`."""
    if confirmation.approval and confirmation.approved_ms is None:
        call_second(confirmation)
        messages.info(request, str(AWAITING))
        return redirect(to)
    outcomes = work(confirmation)
    refused = next((outcome for outcome in outcomes if outcome.state == "refused"), None)
    if refused is not None:
        messages.error(request, str(KEPT.format(reason=refused.reason or "")))
    elif any(outcome.state == "waiting" for outcome in outcomes):
        messages.info(request, str(UNDER_WAY))
    else:
        messages.success(request, str(done))
    return redirect(to)
