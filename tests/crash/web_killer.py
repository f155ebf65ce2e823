"""Kills the parts of a running `serve`, one after the other, at moments that nobody foresees."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter

from tests.cli.serve_process import Serve, processes

MOST_STARTS = 4
"""So often the supervisor starts a part again within a minute without waiting long. A process of the web server is
started again by its master, and at once."""


class Killer:
    """A thread that kills. `stop` ends it; `killed` counts."""

    def __init__(self, serve: Serve) -> None:
        self.killed: Counter[str] = Counter()
        self._serve = serve
        self._random = random.Random()
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
            name = self._random.choice(
                ("node", "web.server", "web.worker", "one of the web's", "one of the web's")
            )
            if self.killed[name] >= MOST_STARTS and name != "one of the web's":
                name = "one of the web's"
            pid = self._one_of_the_webs() if name == "one of the web's" else self._serve.running(name)
            if pid is None:
                continue  # It is just being started again.
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.killed[name] += 1

    def _one_of_the_webs(self) -> int | None:
        master = self._serve.running("web.server")
        children = [pid for pid, parent in processes() if parent == master]
        return self._random.choice(children) if children else None
