"""The sandbox provider without its process: the same store, the same application, called in this process. Notifications
wait until a test delivers them, as often and in whatever order it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.test import Client
from msgspec import structs

from cardtrail.payments.port import Event, ProviderAway
from cardtrail.payments.registry import Registry
from cardtrail.payments.sandbox.client import Sandbox
from cardtrail.payments.sandbox.clockwork import run_due
from cardtrail.payments.sandbox.context import Context
from cardtrail.payments.sandbox.faults import Faults
from cardtrail.payments.sandbox.home import Home
from cardtrail.payments.sandbox.seal import seal
from cardtrail.payments.sandbox.server import application
from cardtrail.payments.sandbox.store import Store
from cardtrail.payments.transport import Answer
from cardtrail.web.orders.models import Deal
from cardtrail.web.ui.clock import now_ms


class Play:
    """Play money, in this process. `cut`: the provider does not answer."""

    def __init__(self, path: Path) -> None:
        self._home = Home(path)
        self._home.furnish()
        self._store = Store(self._home.database)
        key, shop = self._home.provider_key(), self._home.shop_key()
        hosts = frozenset({"localhost", "127.0.0.1"})
        self._app = application(
            Context(self._store, key, shop.public, "http://play", hosts, now_ms, lambda: None)
        )
        self._key, self._shop = key, shop.public
        self.provider = Sandbox(
            lambda: "http://play", shop, self._home.provider_public(), transport=self, now_ms=now_ms
        )
        self.reversible(False)
        self.registry = Registry({"sandbox": self.provider})
        self.cut = False
        self.asked: list[str] = []
        self._sent: set[str] = set()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.cut:
            raise ProviderAway("the test has cut the line")
        path = urlsplit(url).path
        self.asked.append(f"{method} {path.rpartition('/')[2] if method == 'POST' else 'query'}")
        # In a thread of its own: a test with a browser has an event loop in this one already.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, _called(self._app, method, path, headers, body)).result()

    def pay(self, deal: Deal, account: str = "", **faults: Any) -> None:
        """The payer pays on the provider's page."""
        if faults:
            self.faults(deal, **faults)
        self.provider.pay(deal.number, account or f"person_{deal.buyer_id.hex}")

    def reversible(self, calls_back: bool) -> None:
        """Whether the provider says that a bank can take its payments back. Where it can, the seller's money waits some
        hours; most tests are about something else."""
        self.provider.terms = structs.replace(Sandbox.terms, calls_back=calls_back)

    def faults(self, deal: Deal, **faults: Any) -> None:
        """Set the switches of an order's payment."""
        self.provider.set_faults(Faults(**faults), deal.number)

    def news(self) -> list[tuple[str, bytes]]:
        """Every event so far, sent or not: id and body."""
        with self._store.transaction() as db:
            run_due(db, now_ms())
            rows = db.execute(
                "SELECT event_id, body FROM events WHERE due_ms IS NOT NULL ORDER BY rowid"
            ).fetchall()
        return [(row["event_id"], bytes(row["body"])) for row in rows]

    def post(self, body: bytes, *, at_ms: int | None = None) -> Any:
        """Deliver one notification; gives our answer."""
        headers = seal(
            self._key, "notification", self._shop.hex(), body, now_ms() if at_ms is None else at_ms
        )
        return Client(headers=headers).post("/pay/notify/sandbox/", body, content_type="application/json")

    def event(self, body: bytes) -> Event:
        """What a notification says."""
        return msgspec.json.decode(body, type=Event)

    def deliver(self) -> list[int]:
        """Deliver whatever was not; gives our answers."""
        fresh = [(id, body) for id, body in self.news() if id not in self._sent]
        self._sent.update(id for id, _ in fresh)
        return [self.post(body).status_code for _, body in fresh]

    def close(self) -> None:
        self._store.close()


async def _called(app: Any, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
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
    content = b"".join(part.get("body", b"") for part in sent[1:])
    return Answer(sent[0]["status"], given, content)
