"""The page that leads to a passkey or an authenticator app."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cardtrail.web.accounts import second_factor
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.ui.views import safe_next


@require_safe
@login_required
def protect(request: HttpRequest) -> HttpResponse:
    """Choose how cards are protected. Whoever has chosen goes on to where they wanted to be."""
    onwards = safe_next(request, request.GET.get("next", ""))
    if second_factor.has_second_factor(person_of(request)):
        return redirect(onwards)
    shown = {"next": onwards, "asked_for": second_factor.is_asked_for(request)}
    return render(request, "accounts/protect.html", shown)
