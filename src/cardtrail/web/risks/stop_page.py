"""Where risk does not simply let something pass: the page that says why, and what to do now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cardtrail.risk.port import Outcome
from cardtrail.web.risks.ask import Asked
from cardtrail.web.risks.step_up import step_up_url
from cardtrail.web.ui.texts import Text


def stop_page(
    request: HttpRequest, asked: Asked, back: str, *, leave: str, about: Text | None = None
) -> HttpResponse:
    """The reasons, and the way on: prove who you are and come back to `back`, wait for our staff, or have a person look
    at a no. `leave`: where to go instead."""
    outcome = asked.verdict.outcome
    shown = {
        "step_up": step_up_url(request, back) if outcome is Outcome.STEP_UP else "",
        "held": outcome is Outcome.HOLD,
        "blocked": outcome is Outcome.BLOCK,
        "reasons": [Text(one.words.zh, one.words.en) for one in asked.verdict.decisive],
        "clears_ms": asked.verdict.clears_ms,
        "about": about,
        "leave": leave,
        "decision": asked.decision.pk,
    }
    return render(request, "risks/stopped.html", shown, status=403 if outcome is Outcome.BLOCK else 200)
