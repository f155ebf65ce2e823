"""What a person sees: words on standard output or, with `--json`, on standard error; progress only on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Tick = Callable[[int, int], None]
"""Told how much is done, and of how much."""


def console() -> Console:
    """Standard output. Nothing is coloured by guessing, and a pipe gets whole lines."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=10_000)


def aside() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """The one JSON document of a verb."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def note(text: str) -> None:
    """A remark that is no part of the result."""
    click.echo(text, err=True)


@contextmanager
def progress(what: str) -> Iterator[Tick]:
    """A bar on standard error while something runs; nothing where no person is looking."""
    screen = aside()
    if not screen.is_terminal:
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bars:
        task = bars.add_task(what, total=None)

        def tick(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        yield tick


def local_time(time_ms: int, *, seconds: bool = False) -> str:
    """A moment in the zone of whoever looks."""
    try:
        when = datetime.fromtimestamp(time_ms / 1000).astimezone()
    except (OverflowError, ValueError, OSError):
        return f"{time_ms} ms"
    return when.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def is_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()
