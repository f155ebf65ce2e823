"""A form that is sent twice, by an impatient finger or a lost answer, is meant once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.cards.models import Once

FIELD = "token"
"""The hidden field's name."""

_TOKEN = re.compile(r"[0-9a-f]{32}")


def new_token() -> str:
    """A token for a form that is being shown."""
    return uuid.uuid4().hex


def token_of(request: HttpRequest) -> str:
    """The token that came with a form; a new one if none fit did, so that such a form still works."""
    token = request.POST.get(FIELD, "")
    return token if _TOKEN.fullmatch(token) else new_token()


def once(request: HttpRequest, make: Callable[[], Confirmation]) -> Confirmation:
    """What this form means: `make()` the first time, in a transaction; afterwards what that gave.

    Two at the same moment: one of the transactions is undone whole, and both get the other's confirmation.
    """
    person, token = person_of(request), token_of(request)
    known = _known(person, token)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made = make()
            Once.objects.create(person=person, token=token, confirmation=made)
            return made
    except IntegrityError:
        known = _known(person, token)
        if known is None:  # It was something else.
            raise
        return known


def sent(request: HttpRequest) -> Confirmation | None:
    """What this very form led to when it was sent before; none if it is sent for the first time."""
    return _known(person_of(request), token_of(request))


def _known(person: Person, token: str) -> Confirmation | None:
    row = Once.objects.select_related("confirmation").filter(person=person, token=token).first()
    return None if row is None else row.confirmation
