"""Who a page is for."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from cardtrail.web.accounts.models import Person


def person_of(request: HttpRequest) -> Person:
    """The person who makes a request. Only behind `login_required`."""
    return cast(Person, request.user)
