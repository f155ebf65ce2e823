"""What the parts say: kept for when something goes wrong, and shown with the part's name where it is worth reading."""

from __future__ import annotations

import re
import threading
from collections import deque
from contextlib import suppress
from typing import IO

from rich.console import Console
from rich.text import Text

from cardtrail.cli.out import visible

KEPT_LINES = 40
_RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?P<level>[A-Z]+) ")
_QUIET = frozenset({"DEBUG", "INFO"})
_COLOURS = {"node": "cyan", "web": "green", "worker": "magenta", "sandbox": "yellow"}


class Lines:
    """The lines of one part.

    everything   show them all; otherwise only records of the log that warn, with what belongs to them
    """

    def __init__(self, name: str, screen: Console, *, everything: bool) -> None:
        self._name = name
        self._screen = screen
        self._everything = everything
        self._speaks = everything
        self._kept: deque[str] = deque(maxlen=KEPT_LINES)
        self._reader: threading.Thread | None = None

    def follow(self, stream: IO[str]) -> None:
        """Read a process's output until it ends, in the background."""
        self._speaks = self._everything
        self._reader = threading.Thread(
            target=self._read, args=(stream,), name=f"lines-{self._name}", daemon=True
        )
        self._reader.start()

    def finish(self) -> None:
        """Wait for what a process that has ended still had to say."""
        if self._reader is not None:
            self._reader.join(2.0)

    def tell_rest(self) -> None:
        """Show what was kept back: the part has ended and nobody knows why."""
        while self._kept:
            self._show(self._kept.popleft())

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._take(line.rstrip("\n"))

    def _take(self, line: str) -> None:
        record = _RECORD.match(line)
        if record is not None:
            self._speaks = self._everything or record["level"] not in _QUIET
        if self._speaks:
            self._kept.clear()
            self._show(line)
        else:
            self._kept.append(line)

    def _show(self, line: str) -> None:
        prefix = (f"{self._name:<6} │ ", _COLOURS.get(self._name, ""))
        with suppress(
            OSError
        ):  # Where nobody reads any more, the part must be able to speak on all the same.
            self._screen.print(Text.assemble(prefix, visible(line)), soft_wrap=True)
