"""On which devices a person is signed in, and how to end that."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.accounts import activity
from cardtrail.web.accounts.devices import device_of
from cardtrail.web.accounts.models import Device
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text

NEW_FOR_MS = 3 * DAY_MS
"""How long a device counts as new."""


@require_safe
@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """All sessions, and all devices that were ever used."""
    person = person_of(request)
    here = device_of(request)
    shown = {
        "sessions": activity.running(person, request.session.session_key),
        "devices": Device.objects.filter(person=person).order_by("-last_seen_ms")[:50],
        "here": here,
        "new_since_ms": now_ms() - NEW_FOR_MS,
    }
    return render(request, "accounts/devices.html", shown)


@require_POST
@login_required
def end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one session. The present one is ended by signing out."""
    if not activity.end(person_of(request), session_id):
        raise Http404
    messages.success(request, str(Text("那个设备已退出登录", "That device has been signed out")))
    return redirect("devices")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """End all sessions but the present one."""
    activity.end_all(person_of(request), but=request.session.session_key)
    messages.success(request, str(Text("其他设备都已退出登录", "All other devices have been signed out")))
    return redirect(reverse("devices"))
