"""Where risk does not simply let something of the market pass."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cardtrail.web.risks import stop_page as risks
from cardtrail.web.risks.ask import Asked
from cardtrail.web.ui.texts import Text


def stop_page(request: HttpRequest, asked: Asked, back: str, *, about: Text | None = None) -> HttpResponse:
    """The reasons, and the way on (`risks.stop_page`); whoever does not want that goes back to the market."""
    return risks.stop_page(request, asked, back, leave=reverse("market:browse"), about=about)
