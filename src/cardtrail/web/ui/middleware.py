"""Chinese for everybody, until they choose English."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

Answer = Callable[[HttpRequest], HttpResponseBase]

_LANGUAGES = dict(settings.LANGUAGES)


def speak_as_chosen(answer: Answer) -> Answer:
    """Middleware: the language this browser has chosen by one tap, else Chinese.

    What a browser says it accepts is often only what its telephone was sold with; the brand's customers read Chinese.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in _LANGUAGES else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = answer(request)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response

    return middleware
