"""Checkpoints: signing what the log has come to, and keeping what was signed."""

from __future__ import annotations

import logging
from typing import Final

from cardtrail.merkle.checkpoint import Checkpoint, CheckpointError
from cardtrail.node.directory import Directory, write_durably
from cardtrail.node.engine import Engine
from cardtrail.node.store import Store, StoreError
from cardtrail.signing.notes import NoteError, open_note, sign_note

logger = logging.getLogger(__name__)

COPY_TRIES: Final = 5
"""So many checkpoints in a row may go without their copy; then a node stops rather than leave a stale one beside it."""


class Publisher:
    """Signs checkpoints with the log's key. Every one ends with a seal."""

    def __init__(self, directory: Directory, store: Store) -> None:
        self._directory = directory
        self._store = store
        self._copies_failed = 0
        self._key = directory.log_key()
        self.vkey = directory.vkey()
        latest = store.checkpoint()
        self.size, self.note = (0, "") if latest is None else latest
        if latest is not None:
            self._check(self.note)
        self._catch_up()

    def publish(self, engine: Engine) -> bool:
        """Sign a checkpoint if the log ends with a seal that has none yet.

        The note is kept in the store before anybody sees it. A crash before that leaves a seal without a
        checkpoint, which the next start signs: the same note, for the root is the same. The file beside the
        store is written last and is only a copy: where it fails, the next checkpoint's takes its place. Raises
        `StoreError` if the store cannot be written, or the copy `COPY_TRIES` times in a row."""
        state = engine.state
        if state.sealed_size != state.size or state.size <= self.size:
            return False
        text = Checkpoint(self.vkey.name, state.size, engine.tree.root()).encode()
        note = sign_note(text, self.vkey.name, self._key)
        self._store.put_checkpoint(state.size, note)
        self.size, self.note = state.size, note
        try:
            self._write_copy()
        except StoreError as error:
            # What an older store is told apart by at the start must not fall behind for ever.
            self._copies_failed += 1
            if self._copies_failed >= COPY_TRIES:
                raise
            logger.error("%s; the next checkpoint will try again", error)
        return True

    def _write_copy(self) -> None:
        """Bring the file `checkpoint` up to date."""
        try:
            write_durably(self._directory.checkpoint, self.note)
        except OSError as error:
            raise StoreError(f"{self._directory.checkpoint} cannot be written: {error}") from error
        self._copies_failed = 0

    def _catch_up(self) -> None:
        """Bring the file up to date where a crash came before it was written, or somebody removed it.

        It can never be ahead of the store. If it is, an older copy of the store was put in its place, and to
        go on would be to sign a second history for a log whose first one others have seen."""
        file = self._directory.checkpoint
        try:
            published = file.read_bytes()
        except FileNotFoundError:
            published = b""
        except OSError as error:
            raise StoreError(f"{file} cannot be read: {error}") from error
        if published == self.note.encode():
            return
        if published:
            try:
                stated = Checkpoint.parse(open_note(published.decode(), self.vkey))
            except (UnicodeDecodeError, NoteError, CheckpointError) as error:
                # It is replaced in one piece, so no crash of ours did this; and what it said may have been later.
                raise StoreError(
                    f"{file} is damaged: {error}; remove it if the ledger beside it is certainly the latest"
                ) from error
            if stated.size >= self.size:
                raise StoreError(
                    f"{file} is signed over {stated.size} entries, and the ledger beside it was signed over"
                    f" {self.size} at most: it is an older copy, or another history; put the newer one back"
                )
        if self.note:
            self._write_copy()

    def _check(self, note: str) -> None:
        try:
            open_note(note, self.vkey)
        except NoteError as error:
            raise StoreError(f"the checkpoint over {self.size} entries is not this log's: {error}") from error
