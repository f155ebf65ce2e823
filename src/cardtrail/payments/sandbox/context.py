"""What the sandbox's routes work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from cardtrail.payments.sandbox.store import Store
from cardtrail.signing.keys import SecretKey

LOCAL_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Context:
    """Store, keys, clock.

    key            the sandbox's own
    shop           the public key of the shop
    public_url     where people reach the pay page
    notify_hosts   the hosts that notifications may be sent to: play money has no business with others
    wake           tells the clockwork that something may be due
    """

    store: Store
    key: SecretKey
    shop: bytes
    public_url: str
    notify_hosts: frozenset[str]
    clock_ms: Callable[[], int]
    wake: Callable[[], None]

    def may_notify(self, url: str) -> bool:
        """Whether an address is one that notifications may be sent to."""
        try:
            return urlsplit(url).hostname in self.notify_hosts
        except ValueError:
            return False


async def body_of(request: Request, most_bytes: int) -> bytes | None:
    """The body; none if it is longer than that."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            return None
    return bytes(body)
