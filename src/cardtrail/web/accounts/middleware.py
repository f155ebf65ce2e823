"""What happens around every page for the people who are signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers

from cardtrail.web.accounts import activity, devices, second_factor

Answer = Callable[[HttpRequest], HttpResponseBase]


def keep_devices(answer: Answer) -> Answer:
    """Middleware: browsers keep their names, and sessions when they were last used."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.session.session_key and request.user.is_authenticated:
            activity.record(request)
        response = answer(request)
        devices.send_cookie(request, response)
        return response

    return middleware


def keep_pages_private(answer: Answer) -> Answer:
    """Middleware: what somebody signed in is shown is theirs. Unless a view says otherwise, nobody keeps a copy: no
    proxy, and no browser that others use after them."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        signed_in = request.session.session_key and request.user.is_authenticated
        if signed_in and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware


def speak_their_language(answer: Answer) -> Answer:
    """Middleware: whoever is signed in reads their own language, unless this browser has chosen one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and request.user.is_authenticated:
            language = request.user.language
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language() or language
        return answer(request)

    return middleware


class require_second_factor:  # noqa: N801  # a middleware is named as what it does
    """Middleware: pages that show or move cards lead those without a second factor to the page that sets one up."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:  # noqa: D102
        return self._answer(request)

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Answer instead of a guarded view where the second factor is missing."""
        if not request.user.is_authenticated or not second_factor.is_guarded(view):
            return None
        if second_factor.came_with_second_factor(request.user):
            return None
        if not second_factor.is_asked_for(request):
            request.advise_second_factor = True  # type: ignore[attr-defined]  # the base template shows a banner
            return None
        return HttpResponseRedirect(f"{reverse('protect')}?{urlencode({'next': request.get_full_path()})}")


class keep_our_site:  # noqa: N801
    """Middleware: allauth's pages call the host `site`, and so do we what every page shows of the site; ours stays."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:  # noqa: D102
        return self._answer(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """Take allauth's value away before the page is drawn."""
        if response.context_data and isinstance(response.context_data.get("site"), RequestSite):
            del response.context_data["site"]
        return response
