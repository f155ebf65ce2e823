"""Turns among the processes of one machine, by a file that all of them name."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn_at(path: Path) -> Iterator[None]:
    """One process at a time, of those that name the same file. Whoever is killed gives its turn up by that."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
