"""The web server: gunicorn with threads, set up here and by nothing else.

python -m cardtrail.web.server (--listen HOST:PORT | --socket FD) [--processes N]
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

if TYPE_CHECKING:
    from cardtrail.web.config import Config

THREADS = 2
"""For each process. A page is mostly Python, and of a process's threads only one computes at a time; so there are more
processes than cores, and few threads in each."""

SWITCH_S = 0.0005
"""How long a thread computes before another of its process may: a tenth of Python's own, for a page that comes back
from the database should not queue behind whole pages."""

GRACE_S = 5
"""How long requests under way may take to end once the server is told to stop."""

KEEP_ALIVE_S = 15
_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's own unlinked files, which must not wait for a disk


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn around our application.

    bind        `HOST:PORT`, or `fd://N` for a socket that is bound already
    processes   how many processes answer
    """

    def __init__(self, bind: str, processes: int, config: Config) -> None:
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": processes,
            "worker_class": "gthread",
            "threads": THREADS,
            # Loaded once, then shared: one import instead of one for each process.
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": GRACE_S,
            "keepalive": KEEP_ALIVE_S,
            "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
            "logger_class": _PlainLogger,
            "control_socket_disable": True,
            # `https` is believed of the proxies that the operator named, and no other header of anybody is.
            "forwarded_allow_ips": ",".join(map(str, config.trusted_proxies)),
            "forwarder_headers": "",
            "pre_fork": _before_fork,
            "post_worker_init": _once_loaded,
        }
        super().__init__()

    def load_config(self) -> None:
        """Set the options; the environment and files are not asked."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, with every page's code: what cannot be loaded stops the start, not a request."""
        from django.urls import get_resolver

        from cardtrail.web.wsgi import application

        get_resolver().url_patterns  # noqa: B018 - asking is what loads them
        return application


class _PlainLogger(Logger):  # type: ignore[misc]
    """Writes to Python's log, as everything else here does."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self.loglevel = self.LOG_LEVELS["info"]
        self._access_log_enabled = False
        self.error_log.propagate = True


def _before_fork(_arbiter: object, _worker: object) -> None:
    """A connection must not be shared by two processes. And what is loaded stays for good: a collector that looked
    through all of it would stop a page for a tenth of a second, and unshare the memory it touches."""
    from django.db import connections

    connections.close_all()
    gc.freeze()


def _once_loaded(_worker: object) -> None:
    """Each process notes that it is alive: while none does, nobody's deadline passes."""
    from cardtrail.web.orders.outages import WEB, keep_pulse

    threading.Thread(target=keep_pulse, args=(WEB, threading.Event()), name="pulse", daemon=True).start()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    from cardtrail.web.config import ConfigError, load
    from cardtrail.web.prepare import start_django

    parser = argparse.ArgumentParser(prog="cardtrail.web.server", description="The web server of Cardtrail.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--listen", metavar="HOST:PORT")
    where.add_argument("--socket", metavar="FD", type=int, help="a socket that is bound already")
    parser.add_argument("--processes", type=int, default=2 * (os.cpu_count() or 1))
    given = parser.parse_args()
    try:
        config = load()
        start_django()
    except ConfigError as error:
        sys.exit(f"Error: {error}")
    bind = given.listen if given.socket is None else f"fd://{given.socket}"
    sys.setswitchinterval(SWITCH_S)
    Server(bind, given.processes, config).run()


if __name__ == "__main__":
    main()
