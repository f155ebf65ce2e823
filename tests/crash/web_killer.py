"""Kills the parts of a running `serve`, one after the other, at moments that nobody foresees."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter

from tests.cli.serve_process import Serve, processes

PARTS = ("node", "web.server", "web.worker")
CHILD = "one of the web's"
"""A process of the web server, which its master starts again at once."""

MOST_STARTS = 2
RECOVERED_S = 75.0
"""So often in a row the supervisor starts a part again without waiting long, unless it has run for so long."""


class Killer:
    """A thread that kills: every part at first, in any order, then whichever. `stop` ends it; `killed` counts."""

    parts: tuple[str, ...] = PARTS

    def __init__(self, serve: Serve) -> None:
        self.killed: Counter[str] = Counter()
        self._serve = serve
        self._random = random.Random()
        self._first = self._random.sample((*self.parts, CHILD), len(self.parts) + 1)
        self._last_s: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No more from now on."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._random.uniform(0.3, 2.0)):
            name = self._first[-1] if self._first else self._any()
            pid = self._one_of_the_webs() if name == CHILD else self._serve.running(name)
            if pid is None:
                continue  # It is just being started again.
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.killed[name] += 1
            self._last_s[name] = time.monotonic()
            if self._first:
                self._first.pop()

    def _any(self) -> str:
        name = self._random.choice((*self.parts, CHILD, CHILD))
        recovered = time.monotonic() - self._last_s.get(name, 0.0) > RECOVERED_S
        return name if recovered or self.killed[name] < MOST_STARTS else CHILD

    def _one_of_the_webs(self) -> int | None:
        master = self._serve.running("web.server")
        children = [pid for pid, parent in processes() if parent == master]
        return self._random.choice(children) if children else None
