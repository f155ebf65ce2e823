"""A receiver of events: a real HTTP server on a free loopback port that keeps what it got."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with what `answers` holds, in turn, the last one from then on.

    An answer is a status, or (status, headers, body), or a function that is given the handler.
    """

    answers: list[object] = field(default_factory=lambda: [204])
    got: list[Got] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def next(self) -> object:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            answer = receiver.next()
            if callable(answer):
                answer(self)
                return
            status, headers, text = answer if isinstance(answer, tuple) else (answer, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(text)

        def do_GET(self) -> None:
            receiver.got.append(Got(self.path, dict(self.headers.items()), b"GET"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers that hang up, or do not like the certificate, are what some tests are about."""


@contextlib.contextmanager
def receiving(*answers: object, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(list(answers) or [204])
    server = _Server(("127.0.0.1", 0), _handler(receiver))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Endless:
    """An answer whose body has this many bytes, sent for as long as somebody takes it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.sent = 0
        self.over = Event()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(self.size))
        handler.end_headers()
        with contextlib.suppress(ConnectionError):
            while self.sent < self.size:
                self.sent += handler.wfile.write(b"x" * 65536)
        self.over.set()
