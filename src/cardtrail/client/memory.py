"""The last checkpoint seen of a log: what a client compares every later one with.

A signature alone does not stop a log's operator from signing two histories, or from going back to an earlier
one. Whoever remembers one checkpoint notices, and has both signed notes to show.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import RLock

from cardtrail.client.errors import LogForked, ProofError
from cardtrail.client.verify import open_checkpoint
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.proofs import consistency_path, verify_consistency
from cardtrail.merkle.tiles import TileError, TileNodes
from cardtrail.signing.notes import VerifierKey

ReadTile = Callable[[int, int, int], bytes]
"""Gives a tile's bytes by level, number and width. They need not be trusted."""


class Memory:
    """The last checkpoint seen of one log, in memory or in a file that outlives the program. May be used from
    many threads.

    path       where the signed note is kept; beside it, `<name>.evidence-…` holds both notes of every
               contradiction seen
    evidence   the contradictions noticed by this object: (remembered, shown)
    """

    def __init__(self, vkey: VerifierKey, path: Path | None = None) -> None:
        self.vkey = vkey
        self.evidence: list[tuple[str, str]] = []
        self._path = path
        self._lock = RLock()
        self._note: str | None = None
        if path is not None:
            with contextlib.suppress(FileNotFoundError):
                self._note = path.read_bytes().decode(errors="replace")
        # A damaged or foreign file is not the same as none: forgetting is what a rewritten log would need.
        self._seen = None if self._note is None else open_checkpoint(self._note, vkey)

    @property
    def note(self) -> str | None:
        """The last checkpoint seen, as it was signed."""
        return self._note

    @property
    def size(self) -> int:
        """How many entries it covers; 0 before the first."""
        seen = self._seen
        return 0 if seen is None else seen.size

    def admit(self, note: str, read_tile: ReadTile, *, least_size: int | None = None) -> Checkpoint:
        """A checkpoint just shown, once it is signed and extends what was seen before; then it is remembered.

        least_size   what was remembered when the question was asked; none: what is remembered now. Answers
                     that overtook each other may be older than the latest, but not older than their question.

        Raises `ProofError`, or `LogForked` with both notes.
        """
        shown = open_checkpoint(note, self.vkey)
        with self._lock:
            if self._seen is None or self._note is None:
                self._remember(note, shown)
                return shown
            seen = self._seen
            if shown.size < (seen.size if least_size is None else min(least_size, seen.size)):
                raise self._contradiction(
                    f"the log had {seen.size} entries and is now shown with {shown.size}", note
                )
            if not _agree(seen, shown, read_tile):
                raise self._contradiction(
                    f"the log of {shown.size} entries is not shown to agree with that of {seen.size}", note
                )
            if shown.size > seen.size:
                self._remember(note, shown)
            return shown

    def _remember(self, note: str, checkpoint: Checkpoint) -> None:
        if self._path is not None:
            _write(self._path, note)
        self._note, self._seen = note, checkpoint

    def _contradiction(self, text: str, shown: str) -> LogForked:
        remembered = self._note or ""
        self.evidence.append((remembered, shown))
        if self._path is not None:
            both = f"{remembered}\n{shown}"
            name = f"{self._path.name}.evidence-{sha256(both.encode()).hexdigest()[:16]}"
            _write(self._path.with_name(name), both)
        return LogForked(text, remembered, shown)


def _agree(seen: Checkpoint, shown: Checkpoint, read_tile: ReadTile) -> bool:
    """Whether the smaller of two logs is shown to be a prefix of the larger."""
    old, new = (seen, shown) if seen.size <= shown.size else (shown, seen)
    if old.size in (0, new.size):
        return verify_consistency(old.size, old.root, new.size, new.root, [])
    try:
        path = consistency_path(old.size, new.size, TileNodes(new.size, read_tile))
    except (TileError, LookupError) as error:
        raise ProofError("consistency tiles", str(error)) from None
    return verify_consistency(old.size, old.root, new.size, new.root, path)


def _write(path: Path, text: str) -> None:
    """Replace a file as a whole: after a crash there is the old text or the new one."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
