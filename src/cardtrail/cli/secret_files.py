"""Files with codes and links in them: readable by their owner only, never replaced, on the disk before they count."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from cardtrail.cli.failures import Failure, Misuse


@contextmanager
def removed_if_refused(files: Sequence[Path]) -> Iterator[None]:
    """Files made for a command go if it is refused, or was never sent. They stay where its outcome is not known."""
    from cardtrail.signing.keyfile import KeyFileError

    try:
        yield
    except (Failure, Misuse, KeyFileError, click.BadParameter):
        for file in files:
            file.unlink(missing_ok=True)
        raise


def write_secret(file: Path, text: str) -> None:
    """A new file, durable when this returns. Raises `Misuse` rather than replace one."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Misuse(f"{file} exists already, and secrets are never overwritten; name another file") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    folder = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
