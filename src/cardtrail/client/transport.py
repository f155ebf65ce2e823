"""How a client reaches a node: a small protocol, and its implementation over HTTP.

A node in the same process answers the same protocol, so that a directory and an address behave the same.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from cardtrail.client.errors import BadAnswer, NodeUnavailable
from cardtrail.wire.requests import StreamRefused

MAX_ANSWER_BYTES = 68 << 20
"""The largest answer read: a page of 1,000 entries of 65,535 bytes, and some framing."""

_CHUNK_BYTES = 1 << 16
_NO_HEADERS: Mapping[str, str] = {}


class Response(Protocol):
    """A node's answer: HTTP status, headers, the whole body."""

    @property
    def status(self) -> int:
        """The HTTP status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields; their names may be in any case."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class Transport(Protocol):
    """Whoever carries requests to a node."""

    def request(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] = _NO_HEADERS
    ) -> Response:
        """One exchange, without retries. `path` begins with a slash. Raises `NodeUnavailable` if no whole
        answer came.
        """


@runtime_checkable
class StreamingTransport(Protocol):
    """A transport that can also hand out an answer as it comes, for the live feed."""

    def stream(
        self, path: str, *, headers: Mapping[str, str] = _NO_HEADERS
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The body of a GET in pieces of any length. Raises `StreamRefused` unless the status is 200, and
        `NodeUnavailable` when it breaks off.
        """


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer that came over HTTP; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpTransport:
    """A node's address, with a pool of connections. May be used from many threads.

    url         http or https, with a path if the node is served below one; no user name, password, query or fragment
    connect_s   how long to wait for a connection
    read_s      how long to wait for the next bytes of an answer
    total_s     how long one exchange may take altogether
    """

    def __init__(
        self,
        url: str,
        *,
        connect_s: float = 5.0,
        read_s: float = 30.0,
        total_s: float = 120.0,
        connections: int = 16,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("a node's address begins with http:// or https:// and a host")
        if parts.username or parts.password or parts.query or parts.fragment:
            # Addresses end up in logs and error messages; whoever puts a secret into one is told at once.
            raise ValueError("a node's address has no user name, password, query or fragment")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._prefix = parts.path.rstrip("/")
        self._total_s = total_s
        self._max_answer_bytes = max_answer_bytes
        self._clock = clock
        pool = urllib3.HTTPSConnectionPool if parts.scheme == "https" else urllib3.HTTPConnectionPool
        self._pool = pool(
            parts.hostname,
            parts.port,
            maxsize=connections,
            block=False,
            timeout=urllib3.Timeout(connect=connect_s, read=read_s),
            retries=False,
        )

    def request(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] = _NO_HEADERS
    ) -> HttpResponse:
        """One exchange, without retries or redirects. Raises `NodeUnavailable`, or `BadAnswer` for one too large."""
        with self._open(method, path, body, headers) as answer:
            if not {"content-length", "transfer-encoding"} & {name.lower() for name in answer.headers}:
                # Such an answer ends where the connection does, also when that broke: it is never known to be whole.
                raise NodeUnavailable(f"{self.url} gave no whole answer (no length)")
            limit_s = self._clock() + self._total_s
            data = bytearray()
            for chunk in self._chunks(answer):
                data += chunk
                if len(data) > self._max_answer_bytes:
                    raise BadAnswer(
                        f"{self.url} sent more than {self._max_answer_bytes} bytes in answer to {path}"
                    )
                if self._clock() > limit_s:
                    raise NodeUnavailable(f"{self.url} took longer than {self._total_s:g} s to answer {path}")
            answer.release_conn()
            return HttpResponse(answer.status, _lower(answer.headers), bytes(data))

    @contextlib.contextmanager
    def stream(self, path: str, *, headers: Mapping[str, str] = _NO_HEADERS) -> Iterator[Iterator[bytes]]:
        """The body of a GET as it comes."""
        with self._open("GET", path, b"", headers) as answer:
            if answer.status != 200:
                raise StreamRefused(path, answer.status)
            yield self._chunks(answer)

    def close(self) -> None:
        """Close the pooled connections."""
        self._pool.close()

    def __repr__(self) -> str:
        return f"HttpTransport({self.url!r})"

    @contextlib.contextmanager
    def _open(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        try:
            answer = self._pool.urlopen(
                method,
                self._prefix + path,
                body=body or None,
                headers=dict(headers),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except HTTPError as error:
            raise self._unavailable(error) from None
        try:
            yield answer
        finally:
            # Unless it was read to its end and went back to the pool, its connection still holds unread bytes.
            answer.close()

    def _chunks(self, answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        try:
            while chunk := answer.read1(_CHUNK_BYTES):
                yield chunk
        except HTTPError as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: HTTPError) -> NodeUnavailable:
        # The library's own text may hold the request's path and addresses, so only the kind of the failure is told.
        return NodeUnavailable(f"{self.url} gave no whole answer ({type(error).__name__})")


def header(response: Response, name: str) -> str:
    """A header field of an answer, by its name in any case; empty if it is not there."""
    wanted = name.lower()
    return next((value for key, value in response.headers.items() if key.lower() == wanted), "")


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
