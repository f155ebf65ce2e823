"""The queue of identities to check."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cardtrail.web.accounts.identity import AlreadyDecidedError
from cardtrail.web.accounts.models import Identity
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.desk import identities, looks
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import Text, promise


class RefusalForm(forms.Form):
    """Why an identity is not accepted; the person reads it."""

    zh = forms.CharField(
        label=promise("理由（中文）", "Reason, in Chinese"), max_length=identities.REASON_MOST
    )
    en = forms.CharField(
        label=promise("理由（英文）", "Reason, in English"), max_length=identities.REASON_MOST
    )


@staff_only("support", "auditor")
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, without anybody's name."""
    staff = staff_of(request)
    shown = {
        "page": page_of(identities.queue(), request),
        "may_open": staff is not None and staff.may("support"),
    }
    return show(request, "desk/identity/queue.html", shown)


@staff_only("support")
@never_cache
@require_POST
def open_item(request: HttpRequest, identity_id: UUID) -> HttpResponse:
    """One identity in the open; that it was looked at is written down first."""
    return _item(request, _identity(identity_id), RefusalForm())


@staff_only("support")
@never_cache
@require_POST
def decide(request: HttpRequest, identity_id: UUID) -> HttpResponse:
    """Accept or refuse."""
    identity = _identity(identity_id)
    reason = None
    if request.POST.get("outcome") != "accept":
        form = RefusalForm(request.POST)
        if not form.is_valid():
            return _item(request, identity, form, status=422)
        reason = Text(form.cleaned_data["zh"], form.cleaned_data["en"])
    try:
        identities.decide(identity, person_of(request), reason)
    except (AlreadyDecidedError, identities.OwnIdentity) as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:identities")
    messages.success(request, str(Text("已决定，当事人会收到通知。", "Decided; the person is told.")))
    return redirect("desk:identities")


def _item(request: HttpRequest, identity: Identity, form: RefusalForm, status: int = 200) -> HttpResponse:
    if identity.state != "submitted" or identity.locked_ms is not None:
        messages.info(request, str(AlreadyDecidedError.text))
        return redirect("desk:identities")
    try:
        case, look = identities.open_item(request, identity, person_of(request))
    except identities.OwnIdentity as refusal:
        messages.error(request, str(refusal.text))
        return redirect("desk:identities")
    seen = looks.identity_seen(look)
    if seen is None:
        raise Http404
    shown = {"identity": identity, "revealed": seen[1], "case": case, "form": form}
    return show(request, "desk/identity/item.html", shown, status=status)


def _identity(identity_id: UUID) -> Identity:
    found: Identity = get_object_or_404(Identity.objects.select_related("person"), pk=identity_id)
    return found
