"""What a person sees: words on standard output or, with `--json`, on standard error; progress only on a terminal."""

from __future__ import annotations

import atexit
import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

Tick = Callable[[int, int], None]

STARTING = "reading the cards · 正在读取"
"""Told how much is done, and of how much."""


_CLINGS = frozenset("，。：；！？、）」』”…")

PIPE_COLUMNS = 100
"""How wide to write where no terminal says."""


class _Screen(Console):
    """A console that says so when nobody reads any more, instead of ending the program."""

    def on_broken_pipe(self) -> None:
        """Called while the error is being handled."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console() -> Console:
    """Standard output. Nothing is coloured by guessing, and no text is markup: names and paths are other people's."""
    screen = _Screen(highlight=False, markup=False, emoji=False)
    if screen.is_terminal:
        return screen
    return _Screen(highlight=False, markup=False, emoji=False, width=PIPE_COLUMNS)


def aside() -> Console:
    """Standard error."""
    return _Screen(stderr=True, highlight=False, markup=False, emoji=False)


def flush() -> None:
    """Write what is left of standard output now, so that a full disk is noticed. Raises `OSError`."""
    if sys.stdout is not None:
        sys.stdout.flush()


def drop_unwritable() -> None:
    """Where standard output or error cannot be written, drop the rest of it, also what Python writes at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


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
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bars:
        task = bars.add_task(what, total=None)

        def tick(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        yield tick


def bar_on_demand(what: str) -> Tick:
    """A bar that comes with the first tick, if there ever is one, and goes with the last."""
    stack = ExitStack()
    ticks: list[Tick] = []

    def tick(done: int, total: int) -> None:
        if not ticks:
            atexit.register(
                stack.close
            )  # What fails in the middle must not leave the terminal without its cursor.
            ticks.append(stack.enter_context(progress(what)))
        ticks[0](done, total)
        if done >= total:
            stack.close()

    return tick


def program() -> str:
    """What to type to run this program again: its name where the shell finds it, else its path."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "cardtrail" and shutil.which("cardtrail") is None else "cardtrail"


def visible(text: str) -> str:
    """A text as it can be shown: whatever would move the cursor or hide something stands there as its code."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def print_done(screen: Console, text: str) -> None:
    """A sentence about what was done."""
    screen.print(Text.assemble(("✓", "green"), " ", visible(text)), soft_wrap=True)


def print_facts(screen: Console, facts: Iterable[tuple[str, str]]) -> None:
    """Names and their values, a line each."""
    for name, value in facts:
        screen.print(Text.assemble(f"  {name}: ", (visible(value), "bold")), soft_wrap=True)


def print_hanging(screen: Console, line: str, style: str = "") -> None:
    """One line of a report; what does not fit goes on under the beginning of its last column."""
    line = visible(line)
    columns = re.match(r"\s*\S+\s+[0-9,]+\s{2,}", line)
    first = columns.end() if columns else len(line) - len(line.lstrip())
    rest = first if columns else first + 4
    for number, part in enumerate(wrap_cells(line[first:], max(24, screen.width - rest))):
        screen.print(Text(" " * rest if number else line[:first]).append(part, style), soft_wrap=True)


def wrap_cells(text: str, width: int) -> list[str]:
    """Lines of at most so many columns. A line may end at a space and, as Chinese is written, between two characters;
    none begins with a punctuation mark that belongs to the one before."""
    lines = []
    while cell_len(text) > width:
        end = fit = 0
        used = 0
        for place, char in enumerate(text):
            used += cell_len(char)
            if used > width:
                break
            following = text[place + 1 : place + 2]
            wide = cell_len(char) == 2 or cell_len(following) == 2
            if (char == " " or following == " " or wide) and following not in _CLINGS:
                end = place + 1
            fit = place + 1
        end = end or fit
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*lines, text]


def local_time(time_ms: int, *, seconds: bool = False) -> str:
    """A moment in the zone of whoever looks."""
    try:
        when = datetime.fromtimestamp(time_ms / 1000).astimezone()
    except (OverflowError, ValueError, OSError):
        return f"{time_ms} ms"
    return when.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
