"""Files that a verb writes where a person said: looked at before anything is sent, never in another file's place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from cardtrail.cli.failures import Misuse


class Output(click.Path):
    """A file to be written. One that is there already is replaced only by its own kind.

    what     the kind, for people: "a receipt"
    begins   what every file of the kind begins with
    """

    def __init__(self, what: str, begins: bytes) -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self._what = what
        self._begins = begins

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, once it is found that it can be written."""
        file = Path(str(super().convert(value, param, ctx)))
        fault = self._fault(file)
        if fault is not None:
            self.fail(fault, param, ctx)
        return file

    def write(self, file: Path, text: str) -> None:
        """Write the file. Raises `Misuse` if something else came there meanwhile."""
        fault = self._fault(file)
        if fault is not None:
            raise Misuse(fault)
        file.write_bytes(text.encode())

    def _fault(self, file: Path) -> str | None:
        try:
            if not file.exists():
                return None if os.access(file.parent, os.W_OK | os.X_OK) else _unwritable(file)
            if not os.access(file, os.W_OK):
                return f"{file} cannot be written; name another file"
            if not file.is_file():
                return None  # A terminal or a pipe: there is nothing in it to lose.
            with file.open("rb") as handle:
                head = handle.read(len(self._begins))
        except OSError as error:
            return f"{file} cannot be written: {error.strerror}"
        if head in (b"", self._begins):
            return None
        return f"{file} is there already and is not {self._what}, so it stays; name another file"


def _unwritable(file: Path) -> str:
    if not file.parent.is_dir():
        return f"{file} cannot be written: there is no folder {file.parent}"
    return f"{file} cannot be written: its folder is not yours to write"


RECEIPT_FILE = Output("a receipt", b"c2sp.org/tlog-proof@v1\n")
PICTURE_FILE = Output("a picture", b"<svg ")
