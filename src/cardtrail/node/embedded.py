"""A node in the same process, reached as if it were far away: the same application, without a socket.

It answers what a client's transport answers, so that a command behaves the same with a directory as with an address.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from threading import Lock, Thread
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import unquote

import uvloop
from starlette.types import Message

from cardtrail.node.api.app import Api
from cardtrail.node.api.limits import Limits
from cardtrail.node.api.problems import Kind, Problem
from cardtrail.node.service import Node
from cardtrail.wire.requests import StreamRefused

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_CHUNKS_AHEAD = 4

T = TypeVar("T")


@dataclass(slots=True)
class EmbeddedResponse:
    """A node's answer; header names in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class EmbeddedTransport:
    """Requests to a node of this process. May be used from many threads, whose commands then go into common batches.

    The application runs in an event loop on a thread of its own. The node stays the caller's to close, after this.
    """

    def __init__(self, node: Node, limits: Limits | None = None) -> None:
        self._api = Api(node, limits)
        self._loop = uvloop.new_event_loop()
        self._opened = AsyncExitStack()
        self._lock = Lock()
        self._closed = False
        self._thread = Thread(target=self._loop.run_forever, name="cardtrail-api", daemon=True)
        self._thread.start()
        try:
            self._run(self._opened.enter_async_context(self._api.opened())).result()
        except BaseException:
            self._end_loop()
            raise

    def request(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS
    ) -> EmbeddedResponse:
        """One exchange. `path` begins with a slash and may have a query. A problem with status 503 if `close` came
        before the answer."""
        try:
            return self._run(self._exchange(_scope(method, path, headers), body)).result()
        except CancelledError:
            answer = Problem(Kind.STOPPING).response()
            return EmbeddedResponse(answer.status_code, dict(answer.headers), bytes(answer.body))

    @contextlib.contextmanager
    def stream(self, path: str, *, headers: Mapping[str, str] = NO_HEADERS) -> Iterator[Iterator[bytes]]:
        """The body of a GET as it comes, until `close`. Raises `StreamRefused` unless the status is 200."""
        try:
            stream = self._run(self._begin(_scope("GET", path, headers))).result()
        except CancelledError:
            raise StreamRefused(path, Kind.STOPPING.status) from None
        try:
            if stream.response.status != 200:
                raise StreamRefused(path, stream.response.status)
            yield self._chunks(stream)
        finally:
            with contextlib.suppress(CancelledError):
                self._run(stream.end()).result()

    def close(self) -> None:
        """End streams, requests under way and the event loop. A second time does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            # Behind all that was begun until now, and nothing comes behind it.
            shut = asyncio.run_coroutine_threadsafe(self._shut(), self._loop)
        shut.result()
        self._end_loop()

    def __enter__(self) -> EmbeddedTransport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        with self._lock:
            if self._closed:
                coroutine.close()
                raise CancelledError
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _exchange(self, scope: dict[str, Any], body: bytes) -> EmbeddedResponse:
        response = EmbeddedResponse()
        chunks: list[bytes] = []
        unread = True

        async def receive() -> Message:
            nonlocal unread
            if not unread:
                # The asker waits for the answer and does not hang up.
                await asyncio.get_running_loop().create_future()
            unread = False
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                _begin_response(response, message)
            else:
                chunks.append(message.get("body", b""))

        await self._api(scope, receive, send)
        if scope["method"] != "HEAD":
            response.body = b"".join(chunks)
        return response

    async def _begin(self, scope: dict[str, Any]) -> _Stream:
        stream = _Stream()
        stream.task = asyncio.create_task(stream.run(self._api, scope))
        await stream.started.wait()
        return stream

    def _chunks(self, stream: _Stream) -> Iterator[bytes]:
        with contextlib.suppress(CancelledError):
            while chunk := self._run(stream.next()).result():
                yield chunk

    async def _shut(self) -> None:
        self._api.end_feeds()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._opened.aclose()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Stream:
    """An answer that is read while it is being made. The maker waits when the reader is a few pieces behind."""

    def __init__(self) -> None:
        self.response = EmbeddedResponse()
        self.started = asyncio.Event()
        self.chunks: asyncio.Queue[bytes] = asyncio.Queue(_CHUNKS_AHEAD)
        self.task: asyncio.Task[None]

    async def run(self, api: Api, scope: dict[str, Any]) -> None:
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if asked:
                await asyncio.get_running_loop().create_future()
            asked = True
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                _begin_response(self.response, message)
                self.started.set()
            elif chunk := message.get("body", b""):
                await self.chunks.put(chunk)

        try:
            await api(scope, receive, send)
        finally:
            self.started.set()

    async def next(self) -> bytes:
        """The next piece; nothing at the end. Raises what the application raised, if it did."""
        if self.chunks.empty() and not self.task.done():
            piece = asyncio.ensure_future(self.chunks.get())
            await asyncio.wait((piece, self.task), return_when=asyncio.FIRST_COMPLETED)
            if piece.done():
                return piece.result()
            piece.cancel()
        if not self.chunks.empty():
            return self.chunks.get_nowait()
        self.task.result()
        return b""

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


def _scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    raw_path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("embedded", 0),
        "server": ("embedded", None),
    }


def _begin_response(response: EmbeddedResponse, message: Message) -> None:
    response.status = message["status"]
    response.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
