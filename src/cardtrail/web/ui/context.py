"""What every page may show: one name, `site`, so that no page's own values hide it."""

from __future__ import annotations

from django.http import HttpRequest

from cardtrail.web.ui.site import Site


def page(request: HttpRequest) -> dict[str, object]:
    """The value that the base templates use."""
    return {"site": Site(request)}
