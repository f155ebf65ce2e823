"""How far a long step has come, on standard error, so that standard output holds the figures alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cardtrail.cli import out

Advance = Callable[[int], None]
"""Told how many more are done."""


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """A bar on a terminal. Elsewhere, such as in a log, a line at the beginning."""
    if not sys.stderr.isatty():
        out.note(f"{what} ({total:,})")
    with out.progress(what) as tick:
        done = 0
        tick(0, total)

        def advance(more: int) -> None:
            nonlocal done
            done += more
            tick(done, total)

        yield advance
