"""How often somebody may try codes: counted for the person, the browser and the network address, before each try.

An attempt is written down before its code is looked at and struck out if it was right, so that a hundred at the same
moment count as a hundred.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from cardtrail.web.accounts.address import Address, client_address
from cardtrail.web.accounts.devices import browser_name
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.cards.models import Attempt
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS, now_ms

WINDOWS: Final = (10 * MINUTE_MS, DAY_MS)
"""Failures are counted over these times."""

LIMITS: Final = {"person": (6, 40), "browser": (6, 40), "address": (600, 3_000)}
"""So many failures are let through within each window.

What stops guessing is the limit of the person: our codes have 120 bits, and the codes of a former system, which may
have six digits, last for decades at forty guesses a day. Many honest people may share one address: a school, an office,
a telephone company. So an address alone slows down only far above what a person may, at 100 times that within the short
window and 75 times within the day: 500 people may all be wrong once, and that at the same moment. It is there for
whoever makes one account after the other.
"""

IPV6_PREFIX: Final = 64
"""Whoever has an IPv6 address has all that begin with these bits, and can change it with every attempt."""


@dataclass(frozen=True, slots=True)
class Entered:
    """An attempt that was let through. `was_right` takes it off the count."""

    ids: tuple[int, ...]

    def was_right(self) -> None:
        """The code was right, or nothing was looked at."""
        Attempt.objects.filter(id__in=self.ids).delete()


class TooOften(Exception):  # noqa: N818 - a refusal, not a fault
    """Too many failures. `wait_ms`: until the next attempt may be let through."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(f"too many attempts; {wait_ms} ms to wait")
        self.wait_ms = wait_ms


def enter(request: HttpRequest) -> Entered:
    """Let an attempt through and count it. Raises `TooOften`; an attempt that is turned away does not count, so that
    waiting helps."""
    now = now_ms()
    Attempt.objects.filter(at_ms__lt=now - max(WINDOWS)).delete()
    names = _names(request)
    rows = [Attempt.objects.create(who=who, at_ms=now) for who in names.values()]
    wait_ms = max(_wait_ms(who, LIMITS[kind], now) for kind, who in names.items())
    entered = Entered(tuple(row.id for row in rows))
    if wait_ms > 0:
        entered.was_right()
        raise TooOften(wait_ms)
    return entered


def _wait_ms(who: bytes, limits: tuple[int, ...], now: int) -> int:
    """How long until a further attempt fits every window; 0 if this one does."""
    wait_ms = 0
    for window_ms, limit in zip(WINDOWS, limits, strict=True):
        times = list(
            Attempt.objects.filter(who=who, at_ms__gt=now - window_ms)
            .order_by("-at_ms")
            .values_list("at_ms", flat=True)[: limit + 1]
        )
        if len(times) > limit:
            # The newest is this one. The oldest of those that fill the window has to leave it.
            wait_ms = max(wait_ms, times[limit] + window_ms - now)
    return wait_ms


def _names(request: HttpRequest) -> dict[str, bytes]:
    named = {
        "person": str(person_of(request).pk),
        "browser": browser_name(request),
        "address": _network(client_address(request)),
    }
    key = settings.SECRET_KEY.encode()
    return {
        kind: hmac.digest(key, f"attempt/{kind}/{name}".encode(), "sha256") for kind, name in named.items()
    }


def _network(address: Address) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, IPV6_PREFIX), strict=False))
    return str(address)
