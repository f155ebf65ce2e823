"""Play money during the season: the sandbox provider without its process, on the files that its process goes on with.

Nothing of it is made up for the story: calls go through the sandbox's own application, sealed both ways, and what it
tells is verified and taken like any notification. Only the clock is the stage's, and nobody waits for the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from cardtrail.payments.registry import Registry
from cardtrail.payments.sandbox.client import Sandbox
from cardtrail.payments.sandbox.clockwork import run_due
from cardtrail.payments.sandbox.context import LOCAL_HOSTS, Context
from cardtrail.payments.sandbox.faults import Faults
from cardtrail.payments.sandbox.home import Home
from cardtrail.payments.sandbox.seal import seal
from cardtrail.payments.sandbox.server import application
from cardtrail.payments.sandbox.store import Store
from cardtrail.payments.transport import Answer
from cardtrail.web.accounts.models import Person
from cardtrail.web.demo.stage import Unplayable
from cardtrail.web.orders import incoming, providers
from cardtrail.web.orders.deciding import go
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.clock import now_ms

_INSIDE = "http://sandbox"
"""Where the shop believes it is. What a payer is shown is asked for again once the process runs (`fill`)."""


class PlayMoney:
    """The provider, its book, and who pays."""

    def __init__(self, store: Store, home: Home) -> None:
        self._store = store
        self._key = home.provider_key()
        shop = home.shop_key()
        self._shop = shop.public
        host = urlsplit(settings.CONFIG.public_url).hostname or "localhost"
        self._app = application(
            Context(store, self._key, shop.public, _INSIDE, LOCAL_HOSTS | {host}, now_ms, lambda: None)
        )
        self._loop = asyncio.new_event_loop()
        self.provider = Sandbox(lambda: _INSIDE, shop, home.provider_public(), transport=self, now_ms=now_ms)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What the provider's client asks (`payments.transport.Transport`)."""
        return self._loop.run_until_complete(_called(self._app, method, urlsplit(url).path, headers, body))

    def pay(self, deal: Deal, account: str = "") -> Deal:
        """The payer pays on the provider's page, with their own account or another one. The order as it then stands."""
        self.provider.pay(deal.number, account or providers.payer(self.provider.name, deal.buyer_id))
        self.deliver()
        return Deal.objects.get(pk=deal.pk)

    def call_back(self, deal: Deal) -> None:
        """The payer's bank takes a payment back."""
        self.provider.set_faults(Faults(charged_back=True), deal.number)
        self.deliver()

    def close_account(self, person: Person) -> None:
        """Somebody closes the account that they are paid on."""
        self.provider.close_account(providers.payer(self.provider.name, person.pk))

    def deliver(self) -> None:
        """What is due at the provider happens, and we are told what it has to tell, in its order. Raises `Unplayable`
        for a notification that we would not believe."""
        for row in self._due():
            body = bytes(row["body"])
            headers = seal(self._key, "notification", self._shop.hex(), body, now_ms())
            event = self.provider.parse_notification(body, headers, now_ms())
            if event is None:
                raise Unplayable("a notification of the sandbox is about no order")
            taken = incoming.receive(self.provider.name, event, body, headers)
            with self._store.transaction() as db:
                db.execute(
                    "UPDATE events SET attempts = 1, copies_left = 0, due_ms = ? WHERE event_id = ?",
                    (now_ms(), row["event_id"]),
                )
            if taken is not None:
                go(taken)

    def close(self) -> None:
        """End."""
        self._loop.close()

    def _due(self) -> list[Any]:
        with self._store.transaction() as db:
            run_due(db, now_ms())
            found = "SELECT * FROM events WHERE copies_left > 0 AND due_ms <= ? ORDER BY due_ms, rowid"
            return list(db.execute(found, (now_ms(),)).fetchall())


@contextmanager
def play_money(directory: Path) -> Iterator[PlayMoney]:
    """The provider of this process, until the block ends. Its directory is made if it is missing."""
    home = Home(directory)
    home.furnish()
    store = Store(home.database)
    try:
        with store.reading() as db:
            # If the machine fails, the demonstration is begun anew.
            db.execute("PRAGMA synchronous = OFF")
        made = PlayMoney(store, home)
        try:
            with providers.using(Registry({made.provider.name: made.provider})):
                yield made
        finally:
            made.close()
    finally:
        store.close()


async def _called(app: Any, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """One call of an ASGI application."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    given = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], given, b"".join(part.get("body", b"") for part in sent[1:]))
