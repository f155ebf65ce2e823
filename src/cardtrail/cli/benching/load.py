"""A load generator that costs next to nothing: requests made beforehand, over plain sockets that stay open.

On a machine of two cores whatever the generator takes is taken from the node. An HTTP library would take more than the
node does. So requests are whole byte strings, one event loop serves all connections, and of an answer only what the
bench needs is read.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence

from cardtrail.cli.benching.figures import BenchError, Timed
from cardtrail.cli.benching.stock import accepted
from cardtrail.wire.answers import ANSWERS_CODEC
from cardtrail.wire.codec import encode

MSGPACK = "application/msgpack"
_READ_BYTES = 1 << 18
_SILENCE_S = 60.0

OnAnswer = Callable[[bytes, bytes], None]
"""Told a request and the body of the answer to it, if its status is 200; any other status ends the run."""


def get(path: str, accept: str = "*/*") -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: {accept}\r\n\r\n".encode()


def post(path: str, body: bytes, content_type: str = MSGPACK, accept: str = MSGPACK) -> bytes:
    """A POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAccept: {accept}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def submission(commands: Sequence[bytes]) -> bytes:
    """The request that submits these commands."""
    return post("/v1/commands", encode(commands))


def check_accepted(_: bytes, body: bytes) -> None:
    """Raises `BenchError` unless the answer says of every command that it was accepted."""
    accepted(ANSWERS_CODEC.trusted(body))


def part(streams: Sequence[Sequence[bytes]], number: int, parts: int) -> list[Sequence[bytes]]:
    """The `number`-th of so many equal parts of every stream."""
    return [stream[len(stream) * number // parts : len(stream) * (number + 1) // parts] for stream in streams]


def drive(address: tuple[str, int], streams: Sequence[Sequence[bytes]], on_answer: OnAnswer) -> Timed:
    """Send the requests of every stream over a connection of its own, each after the answer to the one before."""
    each_s: list[float] = []
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(address, stream, each_s) for stream in streams if stream]
        try:
            for connection in connections:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            open_connections = len(connections)
            began = time.perf_counter()
            for connection in connections:
                connection.send_next()
            while open_connections:
                ready = selector.select(_SILENCE_S)
                if not ready:
                    raise BenchError(f"no answer came for {_SILENCE_S:g} seconds")
                for key, _ in ready:
                    body = key.data.receive()
                    if body is not None:
                        on_answer(key.data.request, body)
                        if not key.data.send_next():
                            selector.unregister(key.data.socket)
                            open_connections -= 1
            seconds = time.perf_counter() - began
        finally:
            for connection in connections:
                connection.socket.close()
    return Timed(len(each_s), seconds, tuple(each_s))


class _Connection:
    """One connection, with at most one request under way."""

    __slots__ = ("_began", "_buffer", "_each_s", "_requests", "request", "socket")

    def __init__(self, address: tuple[str, int], requests: Sequence[bytes], each_s: list[float]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests: Iterator[bytes] = iter(requests)
        self._each_s = each_s
        self._buffer = b""
        self._began = 0.0
        self.request = b""

    def send_next(self) -> bool:
        """Send the next request; false if there is none."""
        request = next(self._requests, None)
        if request is None:
            return False
        self.request = request
        self._began = time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> bytes | None:
        """Read what came; the answer's body once it is whole."""
        data = self.socket.recv(_READ_BYTES)
        if not data:
            raise BenchError("the node hung up")
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank or len(body) < (length := _content_length(head)):
            return None
        if len(body) > length:
            raise BenchError("more came than was asked for")
        self._each_s.append(time.perf_counter() - self._began)
        self._buffer = b""
        if head[9:12] != b"200":
            said = (head.partition(b"\r\n")[0] + b": " + body[:300]).decode(errors="replace")
            raise BenchError(f"the node answered {said}")
        return body


def _content_length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(b"\r\ncontent-length:")
    if start < 0:
        raise BenchError("the answer does not say how long it is")
    end = lower.find(b"\r\n", start + 2)
    return int(lower[start + 17 : end if end >= 0 else None])
