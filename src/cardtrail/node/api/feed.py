"""`/v1/feed`: entries and checkpoints as they come, as Server-Sent Events (WHATWG HTML, section 9.2).

A feed is a cursor into the log, not a queue: whoever reads slowly makes the node keep nothing, and whoever was away
goes on where it left off, with the `id` of the last entry it saw.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cardtrail.node.api import params
from cardtrail.node.api.context import Context
from cardtrail.node.api.entry_views import entry_to_json, page
from cardtrail.node.api.problems import Kind, Problem

EVENT_STREAM = "text/event-stream"
HEARTBEAT = b":\n\n"

KEPT_EVENTS = 64
"""Events that stay in memory, for the feeds that have not sent them yet."""

_PAGE_ENTRIES = 32
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Feeds:
    """All live feeds of a node."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open = 0
        self._latest: dict[int, bytes] = {}

    def routes(self) -> list[Route]:
        """The route of the feed."""
        return [Route("/v1/feed", self._feed)]

    async def _feed(self, request: Request) -> Response:
        query = params.query(request, "after")
        # A browser that reconnects says by itself where it was; that is newer than the address it was given.
        asked = params.after(query.get("after", "-1"))
        last = request.headers.get("last-event-id")
        cursor = (params.after(last) if last else asked) + 1
        if request.method == "HEAD":
            return Response(headers=_HEADERS, media_type=EVENT_STREAM)
        if self._context.mailbox.closing:
            raise self._context.stopped()
        if self._open >= self._context.limits.feeds:
            raise Problem(Kind.BUSY, "as many feeds are open as the node serves")
        return _Stream(self, self._events(cursor))

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """One more feed is open in here."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def _events(self, cursor: int) -> AsyncIterator[bytes]:
        context = self._context
        told = 0
        yield HEARTBEAT  # So that the headers leave at once, even if nothing happens.
        while not context.mailbox.closing:
            for index, entry in self._read(cursor):
                yield self._rendered(index, entry)
                cursor = index + 1
            latest = context.log.latest()
            if latest is not None and told < latest.size <= cursor:
                # Noted first: while this one is being sent the next may come, which then has not been told.
                told = latest.size
                yield _event("checkpoint", {"size": latest.size, "checkpoint": latest.note})
            if not await self._more(cursor, told):
                if context.node.stopped:
                    return
                yield HEARTBEAT

    def _read(self, cursor: int) -> list[tuple[int, bytes]]:
        context = self._context
        return list(page(context.store.entries(cursor, cursor + _PAGE_ENTRIES), context.limits.page_bytes))

    async def _more(self, cursor: int, told: int) -> bool:
        node = self._context.node

        def something() -> bool:
            closing = self._context.mailbox.closing
            return closing or node.engine.state.size > cursor or node.publisher.size > told

        return await self._context.mailbox.until(something, self._context.limits.heartbeat_s)

    def _rendered(self, index: int, entry: bytes) -> bytes:
        """An entry's event, made once for all the feeds that are at about the same place."""
        event = self._latest.get(index)
        if event is None:
            event = _event("entry", entry_to_json(index, entry), index)
            if len(self._latest) >= KEPT_EVENTS:
                del self._latest[next(iter(self._latest))]
            self._latest[index] = event
        return event


class _Stream(StreamingResponse):
    """A feed being sent. It counts as open until its sending ends, in whatever way."""

    def __init__(self, feeds: Feeds, events: AsyncIterator[bytes]) -> None:
        super().__init__(events, headers=_HEADERS, media_type=EVENT_STREAM)
        self._feeds = feeds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._feeds.counted():
            await super().__call__(scope, receive, send)


def _event(name: str, data: object, index: int | None = None) -> bytes:
    # JSON without line breaks, which would end the event's data.
    number = b"" if index is None else b"id: %d\n" % index
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), number, msgspec.json.encode(data))
