"""One HTTP connection: uvicorn's, with bounds that it does not set by itself, and a shorter way for single commands.

The bounds are on their number, on headers, on slow senders and on slow readers. What is no HTTP is answered and not
logged: else anybody could fill the operator's disk.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httptools
import msgspec
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from cardtrail.node.api.app import Api
from cardtrail.node.api.commands import PATH, Quick, RawHeaders, Rendered
from cardtrail.node.api.problems import PROBLEM_TYPE, Kind, Problem

HEAD_BYTES: Final = 64 << 10
"""A request line and its headers."""

MESSAGE_BYTES: Final = 16 << 20
"""A whole request with its framing. Bodies have a lower bound of their own; this one is for what is thrown away."""

PATIENCE_S: Final = 30.0
"""How long a request may take to arrive, a new connection to send one, and a reader to read on."""

_QUICK_URL: Final = PATH.encode()


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection.

    The times are looked at by `end_if_stalled`, every few seconds and for all connections at once, so that they cost a
    request next to nothing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._api = self.app if isinstance(self.app, Api) else None
        self._in_head = True
        self._received = 0
        self._head_bytes = 0
        self._awaiting_since: float | None = None
        """Since when a request has been arriving, or a first one been awaited."""
        self._answering: RequestResponseCycle | None = None
        self._unread_since: float | None = None
        """Since when the other side has not read what is there for it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came; where there are too many already, it is turned away before it takes up anything."""
        if self._api is not None and len(self.connections) >= self._api.limits.connections:
            self.transport = transport
            transport.abort()
            return
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
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # It was answered in HTTP/1.1, and what follows in another protocol is not read.
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        too_much = self._received > (HEAD_BYTES if self._in_head else MESSAGE_BYTES)
        if too_much and not self.transport.is_closing():
            self.send_400_response("it is too large")

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with the request, as all other problems are said, and hang up."""
        body = msgspec.json.encode(Problem(Kind.MALFORMED_REQUEST, msg).document())
        headers = [(b"content-type", PROBLEM_TYPE.encode())]
        self.transport.write(self._head(400, headers, len(body), keep_alive=False) + body)
        self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._received, self._head_bytes = True, 0, 0
        self._awaiting_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header. What comes in one piece is parsed before `data_received` can count it, so it is counted here."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_BYTES:
            raise ValueError(
                "the head is too large"
            )  # The parser stops at it, and the request is answered with 400.
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its headers are complete."""
        self._in_head = False
        if not self._begin_quick():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete; now it is our turn."""
        self._awaiting_since = None
        super().on_message_complete()

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

    def _head(self, status: int, headers: RawHeaders, length: int, *, keep_alive: bool) -> bytes:
        """An answer's bytes before its body."""
        parts = [STATUS_LINE[status]]
        for name, value in [*self.server_state.default_headers, *headers]:
            parts += (name, b": ", value, b"\r\n")
        if not keep_alive:
            parts.append(b"connection: close\r\n")
        parts.append(b"content-length: %d\r\n\r\n" % length)
        return b"".join(parts)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _begin_quick(self) -> bool:
        """Whether the request takes the short way: a plain one, to a client that keeps up, behind no other."""
        if self._api is None or self.url != _QUICK_URL or self.expect_100_continue or self.flow.write_paused:
            return False
        if self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1":
            return False
        if self.parser.should_upgrade() or not (self.cycle is None or self.cycle.response_complete):
            return False
        quick = self._api.begin_quick(self.headers)
        if quick is None:
            return False
        self.cycle = _QuickCycle(self, quick, keep_alive=self.parser.should_keep_alive())  # type: ignore[assignment]
        return True


class _QuickCycle:
    """Stands in the place of uvicorn's request and response, and has all of it that the connection looks at.

    The connection says that something has come by setting an event. Here this is a call, and nobody has to wait for it.
    """

    __slots__ = (
        "_connection", "_quick", "_submitted", "body", "disconnected", "keep_alive", "more_body", "response_complete",
    )  # fmt: skip

    def __init__(self, connection: Connection, quick: Quick, *, keep_alive: bool) -> None:
        self._connection = connection
        self._quick = quick
        self._submitted = False
        self.body = bytearray()
        self.more_body = True
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False

    @property
    def message_event(self) -> _QuickCycle:
        """What to set when something has come."""
        return self

    def set(self) -> None:
        """More of the body came, or its end, or the client left."""
        if self._submitted:
            return
        if self.disconnected:
            self._submitted = True
            self._quick.drop()
        elif not self.more_body:
            self._submitted = True
            self._quick.submit(bytes(self.body), self._answer)

    def _answer(self, rendered: Rendered) -> None:
        connection = self._connection
        self.response_complete = True
        if self.disconnected or connection.transport.is_closing():
            return
        status, headers, body = rendered
        head = connection._head(status, headers, len(body), keep_alive=self.keep_alive)
        connection.transport.write(head + body)
        if not self.keep_alive:
            connection.transport.close()
        connection.on_response_complete()
