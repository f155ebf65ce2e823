"""After a person confirmed something: done, refused with the reason, or kept until the ledger answers."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.perform import Outcome
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.views import safe_next

KEPT = Text("没有办成，什么也没有改变：{reason}", "This was not done and nothing has changed: {reason}")


def answer(
    request: HttpRequest, outcomes: Sequence[Outcome], *, to: str, good: Text, back: str
) -> HttpResponse:
    """Lead on after `perform`.

    to     the page that shows what was done, `good` says so
    back   the page to go back to if the ledger refused
    """
    now = [outcome for outcome in outcomes if not is_put_off(outcome.action)]
    refused = next((outcome for outcome in now if outcome.state == Action.State.REFUSED), None)
    if refused is not None:
        messages.error(request, str(KEPT.format(reason=refused.reason or "")))
        return redirect(back)
    if any(outcome.state == "waiting" for outcome in now):
        query = urlencode({"next": to, "back": back})
        return redirect(f"{reverse('under_way', args=[now[0].action.confirmation_id])}?{query}")
    messages.success(request, str(good))
    return redirect(to)


def is_put_off(action: Action) -> bool:
    """Whether an action was meant for later from the beginning."""
    return "from_ms" in action.parameters


@require_safe
@login_required
def under_way(request: HttpRequest, confirmation_id: UUID) -> HttpResponse:
    """What was confirmed and is kept until the ledger answers. The page asks again by itself."""
    own = get_object_or_404(Confirmation, id=confirmation_id, person=person_of(request))
    actions = [action for action in own.actions.all() if not is_put_off(action)]
    refused = next((action for action in actions if action.state == Action.State.REFUSED), None)
    shown = {
        "confirmation": own,
        "refused": refused,
        "done": all(action.state == Action.State.DONE for action in actions),
        "next": safe_next(request, request.GET.get("next", "")),
        "back": safe_next(request, request.GET.get("back", "")),
    }
    return render(request, "cards/under_way.html", shown)
