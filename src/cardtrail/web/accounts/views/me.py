"""What a person sees and sets about themselves."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from cardtrail.web.accounts import mail_groups, second_factor
from cardtrail.web.accounts.forms import MailForm, ProfileForm
from cardtrail.web.accounts.identity import identity_of
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.ui.site import address, sources
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.views import LANGUAGE_COOKIE_AGE

SAVED = Text("已保存", "Saved")


@require_safe
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Everything about oneself, one line each."""
    person = person_of(request)
    kinds = list(Authenticator.objects.filter(user_id=person.pk).values_list("type", flat=True))
    shown = {
        "person": person,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "app": Authenticator.Type.TOTP in kinds,
        "codes": Authenticator.Type.RECOVERY_CODES in kinds,
        "identity": identity_of(person),
        "records_url": address("records", "/records/"),
        "advise": not second_factor.has_second_factor(person),
    }
    return render(request, "accounts/me.html", shown)


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language and time zone."""
    form = ProfileForm(request.POST or None, instance=person_of(request))
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form})
    person = form.save()
    with translation.override(person.language):
        messages.success(request, str(SAVED))
    response = redirect("me")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        person.language,
        max_age=LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )
    return response


@require_http_methods(["GET", "POST"])
@login_required
def mails(request: HttpRequest) -> HttpResponse:
    """Which notices come by mail too."""
    person = person_of(request)
    staff = sources.staff is not None and sources.staff(person)
    wanted = [group for group in mail_groups.offered(staff=staff) if mail_groups.wants_mail(person, group)]
    form = MailForm(
        request.POST if request.method == "POST" else None, initial={"groups": wanted}, staff=staff
    )
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/mails.html", {"form": form})
    mail_groups.choose(person, form.cleaned_data["groups"], staff=staff)
    messages.success(request, str(SAVED))
    return redirect("me")
