"""Deleting one's account."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.logout import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.accounts import deletion
from cardtrail.web.accounts.forms import DeleteForm
from cardtrail.web.accounts.views.signed_in import person_of


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@never_cache
def delete(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays; delete if nothing stands against it."""
    person = person_of(request)
    form = DeleteForm(request.POST or None)
    objections = deletion.objections_of(person)
    if request.method == "POST" and form.is_valid() and not objections:
        try:
            deletion.delete(person)
        except deletion.ObjectedError as error:  # A card arrived while the page was read.
            objections = error.objections
        else:
            logout(request, show_message=False)
            return redirect("account_deleted")
    status = 409 if request.method == "POST" and objections else 200
    return render(request, "accounts/delete.html", {"form": form, "objections": objections}, status=status)


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """The farewell."""
    return render(request, "accounts/deleted.html")
