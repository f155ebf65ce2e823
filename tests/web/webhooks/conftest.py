from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cardtrail.wallet.custody import KeyRing
from cardtrail.web.accounts.models import Person
from cardtrail.web.webhooks import sealing
from cardtrail.web.webhooks.emit import emit
from cardtrail.web.webhooks.endpoints import add_endpoint
from cardtrail.web.webhooks.models import Endpoint, Event
from tests.web.webhooks.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> KeyRing:
    keys = KeyRing.generate()
    monkeypatch.setattr(sealing, "keyring", lambda: keys)
    return keys


@pytest.fixture
def loopback(settings: Any) -> None:
    """Receivers on this machine are allowed, as in a demonstration."""
    settings.WEBHOOKS_LOOPBACK = True


@pytest.fixture
def developer(db: None) -> Person:
    return Person.objects.create_user("dev@brand.example", name="小林")


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def endpoint(receiver: Receiver, developer: Person, now: int) -> tuple[Endpoint, str]:
    """An endpoint for held and released cards at the receiver, and its secret."""
    return add_endpoint(
        url=receiver.url,
        description="商城",
        event_types=["card.held", "card.released"],
        created_by=developer,
        now_ms=now,
    )


@pytest.fixture
def held(now: int) -> Callable[..., Event]:
    """Tells of a card being held."""

    def tell(entry: int = 7, time_ms: int = now) -> Event:
        data = {"serial": 41, "entry": entry, "balance_minor": 100_000, "currency": "CNY"}
        return emit(
            "card.held", key=f"card.held/{entry}", subject="0000000000000414", data=data, time_ms=time_ms
        )

    return tell
