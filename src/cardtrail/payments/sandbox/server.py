"""The sandbox as a process: its directory, its application, its threads."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardtrail.payments.sandbox.api import Api
from cardtrail.payments.sandbox.clockwork import Clockwork
from cardtrail.payments.sandbox.context import LOCAL_HOSTS, Context
from cardtrail.payments.sandbox.funds import differences
from cardtrail.payments.sandbox.home import Home
from cardtrail.payments.sandbox.pages import Pages
from cardtrail.payments.sandbox.store import Store

logger = logging.getLogger(__name__)

GRACE_S = 5


class ServeError(RuntimeError):
    """The sandbox cannot begin. The text says why and is meant for its operator."""


def clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def serve(
    directory: Path,
    host: str,
    port: int,
    *,
    public_host: str = "",
    notify_hosts: Iterable[str] = (),
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT.

    port          0: the port of last time, or one that the system chooses
    public_host   the name by which people reach the pay page, if it is not the address we listen at
    notify_hosts  hosts to notify beside this machine

    Raises `ServeError`, and `KeyFileError` for a damaged key.
    """
    home = Home(directory)
    home.furnish()
    with _bound_again(host, port, _last_port(home)) as listener:
        url = _url(*listener.getsockname()[:2])
        shown = _url(public_host, listener.getsockname()[1]) if public_host else url
        store = Store(home.database)
        try:
            context, clockwork = _assembled(home, store, shown, notify_hosts)
            server = _Server(context, lambda: _ready(home, url, on_ready))
            clockwork.start()
            try:
                server.run(sockets=[listener])
            finally:
                clockwork.stop()
        finally:
            store.close()


def application(context: Context) -> Starlette:
    """The ASGI application."""

    async def health(_: Request) -> Response:
        await run_in_threadpool(_look, context)
        return Response('{"status":"ok"}', media_type="application/json")

    routes = [*Api(context).routes(), *Pages(context).routes(), Route("/healthz", health)]
    made = Starlette(routes=routes)
    made.router.redirect_slashes = False
    return made


def _assembled(
    home: Home, store: Store, public_url: str, notify_hosts: Iterable[str]
) -> tuple[Context, Clockwork]:
    with store.reading() as db:
        wrong = differences(db)
    if wrong:
        raise ServeError("the funds do not add up: " + "; ".join(wrong[:5]))
    shop = home.shop_key().public
    clockwork = Clockwork(store, home.provider_key(), shop, clock_ms)
    context = Context(
        store=store,
        key=home.provider_key(),
        shop=shop,
        public_url=public_url.rstrip("/"),
        notify_hosts=LOCAL_HOSTS | frozenset(notify_hosts),
        clock_ms=clock_ms,
        wake=clockwork.wake,
    )
    return context, clockwork


def _look(context: Context) -> None:
    with context.store.reading() as db:
        db.execute("SELECT 1 FROM payments LIMIT 1").fetchall()


def _ready(home: Home, url: str, on_ready: Callable[[str], None] | None) -> None:
    home.announce(url)
    if on_ready is not None:
        on_ready(url)


class _Server(uvicorn.Server):
    def __init__(self, context: Context, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application(context),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Not uvicorn's way, which ends the process by the signal it caught before the threads and the file are closed.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def _last_port(home: Home) -> int:
    """The port of last time, so that pay pages that people have open stay where they are."""
    _, _, port = home.address().rpartition(":")
    return int(port) if port.isdigit() else 0


def _bound_again(host: str, port: int, last_port: int) -> socket.socket:
    """The port that was asked for; else that of last time, if nobody has taken it meanwhile; else any."""
    if not port and last_port:
        with contextlib.suppress(ServeError):
            return _bound(host, last_port)
    return _bound(host, port)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ServeError(f"cannot listen on {host}:{port}: {error}") from error
    return listener


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
