"""A form that is sent twice, by an impatient finger or a lost answer, is meant once."""

from __future__ import annotations

import hmac
import json
import re
import uuid
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.cards.models import Once
from cardtrail.web.cards.refusal import NotNow
from cardtrail.web.ui.texts import Text

FIELD = "token"
"""The hidden field's name."""

USED: Final = Text(
    "这张表单已经用过了，改动后的内容没有执行。请重新打开页面再填。",
    "This form was used already; what you changed in it was not done. Open the page anew and fill it in again.",
)

_BESIDE: Final = frozenset((FIELD, "csrfmiddlewaretoken", "step"))
"""Fields that say nothing about what is wanted."""

_TOKEN = re.compile(r"[0-9a-f]{32}")


def new_token() -> str:
    """A token for a form that is being shown."""
    return uuid.uuid4().hex


def token_of(request: HttpRequest) -> str:
    """The token that came with a form; a new one if none fit did, so that such a form still works."""
    token = request.POST.get(FIELD, "")
    return token if _TOKEN.fullmatch(token) else new_token()


def once(request: HttpRequest, make: Callable[[], Confirmation]) -> Confirmation:
    """What this form means: `make()` the first time, in a transaction; afterwards what that gave. Raises `NotNow` if
    something else stood in it then: that was done, and this is not.

    Two at the same moment: one of the transactions is undone whole, and both get the other's confirmation.
    """
    person, token = person_of(request), token_of(request)
    content = _content(request)
    known = _known(person, token, content)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made = make()
            Once.objects.create(person=person, token=token, content=content, confirmation=made)
            return made
    except IntegrityError:
        known = _known(person, token, content)
        if known is None:  # It was something else.
            raise
        return known


def sent(request: HttpRequest) -> Confirmation | None:
    """What this very form led to when it was sent before; none if it is sent for the first time. Raises `NotNow` if
    something else stood in it then."""
    return _known(person_of(request), token_of(request), _content(request))


def _known(person: Person, token: str, content: bytes) -> Confirmation | None:
    row = Once.objects.select_related("confirmation").filter(person=person, token=token).first()
    if row is None:
        return None
    if not hmac.compare_digest(bytes(row.content), content):
        raise NotNow(USED)
    return row.confirmation


def _content(request: HttpRequest) -> bytes:
    """Where a form was sent and what stood in it. Keyed: a form may hold a code, which a bare hash would let somebody
    with the database try out."""
    fields = sorted((name, values) for name, values in request.POST.lists() if name not in _BESIDE)
    text = json.dumps(["cardtrail/v1/once", request.path, fields])
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256")
