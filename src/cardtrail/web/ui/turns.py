"""Turns among the processes of one machine, by a file that all of them name."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


class Turn:
    """A thread's turn, until its block ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def begin(self, apart_s: float) -> None:
        """Begin what the turn is for, `apart_s` after another thread has: time for others to come, so that one turn
        serves many. Who comes again after their own finds nobody else there, and does not wait."""
        # The file says who was the last, and its time when that was.
        me = f"{os.getpid()}/{threading.get_ident()}".encode()
        self._file.seek(0)
        if self._file.read() not in (b"", me):
            since_s = time.time() - os.fstat(self._file.fileno()).st_mtime
            if 0 <= since_s < apart_s:
                time.sleep(apart_s - since_s)
        self._file.truncate(0)
        self._file.write(me)
        self._file.flush()


@contextmanager
def turn_at(path: Path) -> Iterator[Turn]:
    """One thread at a time, of those in all processes that name the same file. Whoever is killed gives its turn up by
    that."""
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Turn(file)
