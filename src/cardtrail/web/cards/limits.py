"""How often a person may have something made that costs much, or may ask something that others could learn from."""

from __future__ import annotations

import hmac
from typing import Final

from django.conf import settings

from cardtrail.web.accounts.models import Person
from cardtrail.web.cards.models import Attempt
from cardtrail.web.ui.clock import HOUR_MS, now_ms

MOST: Final = 10
"""So many within an hour, of each kind."""


def wait_ms(person: Person, what: str) -> int:
    """0 if it may be done now, and it is counted; otherwise how long until it may.

    Written down before it is counted, so that a hundred at the same moment count as a hundred.
    """
    who = hmac.digest(settings.SECRET_KEY.encode(), f"limit/{what}/{person.pk}".encode(), "sha256")
    now = now_ms()
    row = Attempt.objects.create(who=who, at_ms=now)
    since = Attempt.objects.filter(who=who, at_ms__gt=now - HOUR_MS).order_by("-at_ms", "-id")
    times = list(since.values_list("at_ms", flat=True)[: MOST + 1])
    if len(times) <= MOST:
        return 0
    row.delete()
    return max(times[MOST] + HOUR_MS - now, 1)
