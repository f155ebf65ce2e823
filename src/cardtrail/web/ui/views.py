"""The few pages that belong to the look itself: language, manifest, the page of all components."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from cardtrail.web.ui.site import Site

LANGUAGE_COOKIE_AGE = 365 * 24 * 3600


@csrf_exempt  # What the browser itself says about where a form comes from counts as much as a token: see `_set`.
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Take the language that was chosen, for this browser and the signed-in person, and go back.

    A page that strangers open by a link sets no cookie, so that its form has no token. A browser says whether a form
    comes from this very site, and no other site can make it say so; without that word a token is asked for.
    """
    return _set(request) if comes_from_here(request) else _set_with_token(request)


def comes_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a form was sent from this site: `Sec-Fetch-Site`, or `Origin` where it is the very
    origin that the form was sent to."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def _set(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", "")))
    if chosen not in dict(settings.LANGUAGES):
        return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated and person.language != chosen:
        get_user_model().objects.filter(pk=person.pk).update(language=chosen)
    return response


_set_with_token = csrf_protect(_set)


def safe_next(request: HttpRequest, address: str) -> str:
    """An address of this site to go on to; "/" for any other, so that no link of ours leads somebody elsewhere."""
    allowed = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not allowed or not urlsplit(address).path.startswith("/"):
        return "/"
    return address


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the site on its home screen."""
    brand = Site(request).brand
    return JsonResponse(
        {
            "name": brand,
            "short_name": brand[:12],
            "start_url": "/",
            "display": "standalone",
            "background_color": "#f7f5f0",
            "theme_color": "#00646b",
            "icons": [
                {"src": static("ui/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
                {
                    "src": static("ui/mark-maskable.svg"),
                    "sizes": "any",
                    "type": "image/svg+xml",
                    "purpose": "maskable",
                },
            ],
        },
        content_type="application/manifest+json",
    )
