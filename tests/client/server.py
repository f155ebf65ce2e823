"""A small real HTTP server that does with each request what a test tells it to, down to the bytes it sends."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from threading import Lock, Thread

from cardtrail.client.transport import HttpResponse
from tests.client.paper import PaperTransport

Handler = Callable[[socket.socket, str, str, bytes, dict[str, str]], None]
"""Given the connection, method, path, body and headers of a request, to answer as it likes."""


class Server:
    """Serves one connection after the other, each until a handler closes it or the client does."""

    def __init__(self, handlers: list[Handler]) -> None:
        self.handlers = handlers
        self.requests: list[tuple[str, str, bytes]] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._lock = Lock()
        self._open: socket.socket | None = None
        self._closed = False
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._open is not None:
                # The client keeps it for its next request, which will not come.
                with contextlib.suppress(OSError):
                    self._open.shutdown(socket.SHUT_RDWR)
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._open = connection
            self.connections += 1
            with connection, contextlib.suppress(ConnectionError):
                self._talk(connection)
            self._open = None

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while line := stream.readline():
            method, path, _ = line.decode().split(" ")
            headers = {}
            while field := stream.readline().decode().strip():
                name, _, value = field.partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", "0")))
            self.requests.append((method, path, body))
            handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
            try:
                handler(connection, method, path, body, headers)
            except Closed:
                stream.close()
                return


class Closed(Exception):  # noqa: N818
    """The handler has ended the connection."""


@contextlib.contextmanager
def serving(*handlers: Handler) -> Iterator[Server]:
    """A server whose requests are given to the handlers in turn, the last one from then on."""
    server = Server(list(handlers))
    try:
        yield server
    finally:
        server.close()


def paper(transport: PaperTransport) -> Handler:
    """Answer as the paper ledger does."""

    def handle(connection, method, path, body, headers) -> None:
        accept = {"Accept": headers.get("accept", "")}
        send(connection, transport.request(method, path, body=body, headers=accept))

    return handle


def send(connection: socket.socket, response: HttpResponse) -> None:
    connection.sendall(head(response.status, len(response.body), response.headers) + response.body)


def head(status: int, length: int, headers=None) -> bytes:
    fields = {**(headers or {}), "Content-Length": str(length)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode()


def then(handle: Handler | None, data: bytes, *, reset: bool = False) -> Handler:
    """Let the request through, keep the answer, send these bytes instead, and end the connection."""

    def broken(connection, method, path, body, headers) -> None:
        if handle is not None:
            near, far = socket.socketpair()
            with near, far:
                handle(near, method, path, body, headers)
        connection.sendall(data)
        if reset:
            # With no time to linger, closing sends a reset instead of an orderly end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        raise Closed

    return broken
