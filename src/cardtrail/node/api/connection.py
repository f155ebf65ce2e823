"""One HTTP connection, with bounds that the server does not set by itself: on headers, on slow senders and readers."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_BYTES: Final = 64 << 10
"""A request line and its headers."""

MESSAGE_BYTES: Final = 16 << 20
"""A whole request with its framing. Bodies have a lower bound of their own; this one is for what is thrown away."""

PATIENCE_S: Final = 30.0
"""How long a request may take to arrive, a new connection to send one, and a reader to read on."""


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection.

    The times are looked at by `end_if_stalled`, every few seconds and for all connections at once, so that they cost a
    request next to nothing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._received = 0
        self._awaiting_since: float | None = None
        """Since when a request has been arriving, or a first one been awaited."""
        self._answering: RequestResponseCycle | None = None
        self._unread_since: float | None = None
        """Since when the other side has not read what is there for it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came."""
        super().connection_made(transport)
        self._awaiting_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left. With requests behind one another, the server tells only the last one's answer so."""
        super().connection_lost(exc)
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._received += len(data)
        super().data_received(data)
        if (
            self._received > (HEAD_BYTES if self._in_head else MESSAGE_BYTES)
            and not self.transport.is_closing()
        ):
            self.send_400_response("The request is too large.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._received = True, 0
        self._awaiting_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """Its headers are complete."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete; now it is our turn."""
        self._awaiting_since = None
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """The reader is behind."""
        super().pause_writing()
        self._unread_since = self.loop.time()

    def resume_writing(self) -> None:
        """The reader has caught up."""
        super().resume_writing()
        self._unread_since = None

    def end_if_stalled(self, now_s: float) -> None:
        """Hang up on whoever has kept us waiting too long."""
        for since_s in (self._awaiting_since, self._unread_since):
            if since_s is not None and now_s - since_s > PATIENCE_S:
                self.transport.abort()
