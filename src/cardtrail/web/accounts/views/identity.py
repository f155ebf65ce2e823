"""Telling us who one is by law."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cardtrail.web.accounts import identity as identities
from cardtrail.web.accounts.forms import IdentityForm
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.views import safe_next


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@never_cache
def identity(request: HttpRequest) -> HttpResponse:
    """See what we know, or submit it. A checked identity can be replaced: people change passports."""
    person = person_of(request)
    form = IdentityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        identities.submit(person, given["kind"], given["name"], given["number"])
        messages.success(request, str(Text("已提交，我们会尽快核对", "Submitted; we will check it soon")))
        back = request.GET.get("next", "")
        return redirect(safe_next(request, back) if back else "identity")
    found = identities.identity_of(person)
    shown = {
        "form": form,
        "found": found,
        "revealed": identities.reveal(found) if found else None,
        "editing": form.is_bound or found is None or found.state == "refused" or "replace" in request.GET,
    }
    return render(request, "accounts/identity.html", shown)
