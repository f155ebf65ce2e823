"""One process among those that `serve` looks after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from cardtrail.cli import out
from cardtrail.cli.serve.lines import Lines

FIRST_PAUSE_S = 0.5
WORST_PAUSE_S = 30.0
WELL_AFTER_S = 60.0
"""A part that ran for so long has recovered: its next failure counts as its first."""

_ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:backslashreplace"}


class Part:
    """A module run in a process group of its own, so that the terminal's Ctrl-C reaches us and not it.

    name          node, web, worker, sandbox
    command       module and arguments, asked for at each start
    environment   variables beside our own
    lines         where its output goes; none: to our own, for a step that talks to people itself
    descriptors   open files that it inherits
    """

    def __init__(
        self,
        name: str,
        command: Callable[[], Sequence[str]],
        environment: Mapping[str, str],
        lines: Lines | None,
        descriptors: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.failures = 0
        self._command = command
        self._environment = {**os.environ, **_ENVIRONMENT, **environment}
        self._lines = lines
        self._descriptors = tuple(descriptors)
        self._process: subprocess.Popen[str] | None = None
        self._began_s = 0.0
        self._again_s = 0.0

    def start(self) -> None:
        """Begin. The parent is this process: when it ends, the part does."""
        output = None if self._lines is None else subprocess.PIPE
        self._process = subprocess.Popen(
            # -P: a file in the directory we happen to be in is no module of ours.
            [sys.executable, "-P", "-m", "cardtrail.cli.serve.leash", *self._command()],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=None if self._lines is None else subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=self._environment,
            pass_fds=self._descriptors,
            process_group=0,
            umask=0o077,
        )
        self._began_s = time.monotonic()
        if self._lines is not None and self._process.stdout is not None:
            self._lines.follow(self._process.stdout)

    @property
    def pid(self) -> int | None:
        """Its process, none while there is none."""
        return None if self._process is None else self._process.pid

    def ended(self) -> int | None:
        """The exit status, none while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    def look_after(self) -> None:
        """Start it again if it has ended: at once the first time, later and later after that."""
        now_s = time.monotonic()
        if self._process is None:
            if now_s >= self._again_s:
                self.start()
            return
        status = self.ended()
        if status is None:
            return
        if now_s - self._began_s >= WELL_AFTER_S:
            self.failures = 0
        self.failures += 1
        pause_s = min(WORST_PAUSE_S, FIRST_PAUSE_S * 2 ** (self.failures - 1))
        self._clear()
        self.tell_rest()
        out.note(
            f"{self.name} ended unasked ({how(status)}); it is started again in {pause_s:g} s"
            f" · {self.name} 意外退出，{pause_s:g} 秒后重启"
        )
        self._again_s = now_s + pause_s

    def ask_to_end(self) -> None:
        """Tell it to stop, in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, within_s: float, hurry: Callable[[], bool]) -> None:
        """Wait until it has ended. After that time, or when there is hurry, it is killed with all it has started."""
        ends_s = time.monotonic() + within_s
        while self.ended() is None and self._process is not None:
            if hurry() or time.monotonic() > ends_s:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
                break
            time.sleep(0.02)
        self._clear()

    def tell_rest(self) -> None:
        """Show the last of what it said."""
        if self._lines is not None:
            self._lines.tell_rest()

    def _clear(self) -> None:
        """Nothing of an ended process stays: neither children of its own nor open pipes."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        if self._lines is not None:
            self._lines.finish()


def how(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
