"""`cardtrail serve` as a process of its own, and a look at all that it has started."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.node.ledgers import PATIENCE_S

READY = re.compile(r"Cardtrail is ready at http://localhost:(\d+)")


def environment() -> dict[str, str]:
    """Ours, without what the tests of the web application have set for themselves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARDTRAIL_")}
    if kept.get("DJANGO_SETTINGS_MODULE") == "tests.web.settings":
        del kept["DJANGO_SETTINGS_MODULE"]
    return kept


START_PATIENCE_S = 4 * PATIENCE_S
"""How long a start may take: a demonstration plays a whole season first."""


def until(come_true: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait for something that has to happen, and give what it became."""
    ends_s = time.monotonic() + patience_s
    while time.monotonic() < ends_s:
        if result := come_true():
            return result
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")


@dataclass
class Serve:
    """A running `cardtrail serve`. Leaving the context kills what is left of it."""

    directory: Path
    options: tuple[str, ...] = ()

    def __enter__(self) -> Serve:
        self.said = ""
        self.seen: set[int] = set()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cardtrail.cli", "serve", "--dir", str(self.directory)),
                *("--listen", "127.0.0.1:0", "--processes", "1", *self.options),
            ],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left = self.family()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pid in left:
            _kill(pid)
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said += line

    def ready(self) -> int:
        """Wait until it says where it is. The port."""

        def said() -> re.Match[str] | None:
            assert self.process.poll() is None, self.said
            return READY.search(self.said)

        return int(until(said, self.said, START_PATIENCE_S)[1])

    def get(self, path: str) -> tuple[int, bytes]:
        """A page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ready(), timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def health(self) -> tuple[int, dict[str, str]]:
        """`/healthz`: the status and the parts."""
        status, body = self.get("/healthz")
        return status, json.loads(body)["parts"]

    def family(self) -> set[int]:
        """Every living process that comes from this one, without itself; also those seen before that still live."""
        parents = dict(processes())
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        self.seen |= found - {self.process.pid}
        return {pid for pid in self.seen if pid in parents}

    def child(self, name: str) -> int:
        """The process of a part: `node`, `web.server` or `web.worker`."""
        return int(until(lambda: self.running(name), f"a process of {name}"))

    def running(self, name: str) -> int | None:
        """The process of a part if it runs now."""
        word = f"cardtrail.{name}".encode() if name != "node" else b"node"
        for pid, parent in processes():
            if parent == self.process.pid and word in _command(pid):
                return pid
        return None

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to end. The exit status."""
        self.family()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def processes() -> list[tuple[int, int]]:
    """(process, its parent) of everything that runs; what has ended and was not collected does not run."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, parent = (folder / "stat").read_text().rpartition(") ")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state not in "ZX":
            found.append((int(folder.name), int(parent)))
    return found


def _command(pid: int) -> list[bytes]:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
