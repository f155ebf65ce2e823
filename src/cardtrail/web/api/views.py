"""The desk's page of API keys, for developers."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.api.forms import KeyForm
from cardtrail.web.api.keys import make_key, revoke
from cardtrail.web.api.models import ApiKey
from cardtrail.web.desk.access import staff_of, staff_only
from cardtrail.web.desk.sections import show
from cardtrail.web.ui.pages import page_of
from cardtrail.web.ui.texts import say

log = logging.getLogger(__name__)


@require_safe
@staff_only("developer")
def key_list(request: HttpRequest) -> HttpResponse:
    """All keys, newest first; of each, what it may do and when it was used."""
    rows = (
        ApiKey.objects.select_related("made_by").annotate(looks=Count("lookups")).order_by("-made_ms", "-id")
    )
    return show(request, "api/keys.html", {"page": page_of(rows, request)})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("developer")
def key_new(request: HttpRequest) -> HttpResponseBase:
    """Make a key. Its secret is in the answer to the form, and nowhere afterwards."""
    form = KeyForm(request.POST or None, staff=staff_of(request))
    if request.method != "POST" or not form.is_valid():
        return show(request, "api/key_new.html", {"form": form}, 422 if form.errors else 200)
    given = form.cleaned_data
    key, secret = make_key(
        person_of(request), given["name"], given["scopes"], given["origins"], given["per_minute"]
    )
    log.info("person %s made API key %s", request.user.pk, key.prefix)
    page = show(request, "api/key_made.html", {"key": key, "secret": secret})
    add_never_cache_headers(page)
    return page


@require_POST
@staff_only("developer")
def key_revoke(request: HttpRequest, prefix: str) -> HttpResponseBase:
    """End a key at once."""
    key = get_object_or_404(ApiKey, prefix=prefix)
    revoke(key)
    log.info("person %s revoked API key %s", request.user.pk, key.prefix)
    messages.success(request, str(say("密钥 {name} 已停用", "Key {name} is revoked", name=key.name)))
    return redirect("api_keys")
