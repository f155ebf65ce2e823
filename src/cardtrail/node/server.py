"""A node that answers over HTTP, until it is told to stop or cannot go on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType

import uvicorn

from cardtrail.node.api.app import Api
from cardtrail.node.api.connection import Connection
from cardtrail.node.api.limits import MAX_CONNECTIONS, Limits
from cardtrail.node.directory import Directory
from cardtrail.node.service import Node, Options

logger = logging.getLogger(__name__)

KEEP_ALIVE_S = 60
GRACE_S = 15
"""How long requests under way may take to end once the node is told to stop."""

BACKLOG = 1024

RESERVED_DESCRIPTORS = 64
"""File descriptors that no connection gets: whoever opens many must not keep the ledger from writing its files."""

_TICKS_BETWEEN_LOOKS = 50
"""The server ticks ten times a second."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class ServeError(RuntimeError):
    """The node could not begin to serve, or had to stop by itself. The text says why and is meant for its operator."""


def serve(
    directory: Directory,
    host: str,
    port: int,
    *,
    options: Options | None = None,
    limits: Limits | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Run a node until SIGTERM or SIGINT; then finish what was taken, seal, sign the last checkpoint.

    host, port   where to listen; port 0 lets the system choose
    on_ready     called with the address, `http://host:port`, once it answers

    Raises `ServeError`, and what opening the directory raises (`StoreError`, `DirectoryBusy`, `KeyFileError`).
    """
    with _bound(host, port) as listener, _Stop() as stop:
        descriptors = _raise_descriptor_limit()
        with Node(directory, options) as node:
            limits, backlog = _room(limits or Limits(), listener, descriptors)
            server = _Server(node, limits, backlog, stop)
            url = _url(listener)

            def ready() -> None:
                node.announce(url)
                if on_ready is not None:
                    on_ready(url)

            server.on_ready = ready
            server.run(sockets=[listener])
        if node.failure is not None:
            raise ServeError(f"the node had to stop: {node.failure}") from node.failure


class _Stop:
    """SIGTERM and SIGINT, caught until the node is closed; a thread other than the main one is sent no signals."""

    def __init__(self) -> None:
        self.server: _Server | None = None
        self.asked = False
        self._restore = contextlib.ExitStack()

    def __enter__(self) -> _Stop:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._restore.callback(signal.signal, number, signal.signal(number, self._caught))
        return self

    def __exit__(self, *_: object) -> None:
        self._restore.close()

    def _caught(self, _: int, __: FrameType | None) -> None:
        self.asked = True
        if self.server is not None:
            self.server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn, with our own way of beginning and ending."""

    def __init__(self, node: Node, limits: Limits, backlog: int, stop: _Stop) -> None:
        self._api = Api(node, limits)
        super().__init__(
            uvicorn.Config(
                self._api,
                http=Connection,
                ws="none",
                lifespan="on",
                log_config=None,  # Logging is for whoever runs the process to set up.
                log_level=logging.WARNING,
                access_log=False,
                proxy_headers=False,  # Nobody's word is taken for who they are.
                server_header=False,
                headers=[("x-content-type-options", "nosniff")],
                backlog=backlog,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._node = node
        self.on_ready: Callable[[], None] = lambda: None
        stop.server = self
        self.should_exit = stop.asked

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_BETWEEN_LOOKS == 0:
            now_s = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.end_if_stalled(now_s)
        return await super().on_tick(counter) or self._node.stopped

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._api.end_feeds()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Not uvicorn's way, which ends the process by the signal it caught before the node could be closed.
        yield


def _raise_descriptor_limit() -> int:
    """Let this process open as many files as all connections need, as far as the system lets it. How many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_CONNECTIONS + BACKLOG + 2 * RESERVED_DESCRIPTORS
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft == resource.RLIM_INFINITY:
        return most
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return soft


def _room(limits: Limits, listener: socket.socket, descriptors: int) -> tuple[Limits, int]:
    """The limits with as many connections as there are descriptors for, and how many more may wait to be accepted.

    The loop accepts all that wait before it hands over the first, so those count too.
    """
    opened = os.dup(listener.fileno())  # The lowest free number, and so about how many are open.
    os.close(opened)
    free = descriptors - opened - RESERVED_DESCRIPTORS
    if free < 4:
        raise ServeError(
            f"only {descriptors} files may be open at once, too few to serve; raise it (ulimit -n)"
        )
    backlog = min(BACKLOG, free // 4)
    return replace(limits, connections=min(limits.connections, free - backlog)), backlog


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that has its address but does not listen yet: nobody is kept waiting while the ledger is opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            raise ServeError(f"cannot listen on {host}:{port}: {error}") from error
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
