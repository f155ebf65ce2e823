"""SQLite in the same process, with the same settings as the ledger's own store, and no rules, signatures or trees.

The difference between this and `cardtrail bench transfers` is what the ledger itself costs.
"""

from __future__ import annotations

import contextlib
import os
import random
from types import TracebackType

import apsw

from benchmarks.peers.common import BATCH, CARD_BYTES, ENTRY_BYTES, Load, repeat_for, temporary_folder

_SCHEMA = """
CREATE TABLE cards (serial INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE entries (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL);
CREATE TABLE commands (id BLOB PRIMARY KEY, idx INTEGER NOT NULL) WITHOUT ROWID;
"""


class Sqlite:
    """One connection in this process."""

    name = "SQLite"
    package = "apsw (a dependency of the ledger)"

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._records = 0
        self._next = 0

    def missing(self) -> str | None:
        return None

    def __enter__(self) -> Sqlite:
        folder = self._stack.enter_context(temporary_folder())
        self._db = apsw.Connection(str(folder / "peer.db"))
        self._stack.callback(self._db.close)
        self._db.pragma("page_size", 2048)
        self._db.pragma("journal_mode", "wal")
        self._db.pragma("synchronous", "full")
        self._db.pragma("wal_autocheckpoint", 16_384)
        self._db.execute(_SCHEMA)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def version(self) -> str:
        return apsw.sqlite_lib_version()

    def fill(self, records: int) -> None:
        self._records = records
        with self._db:
            rows = ((serial, os.urandom(CARD_BYTES)) for serial in range(records))
            self._db.executemany("INSERT INTO cards VALUES (?, ?)", rows)

    def loads(self) -> list[Load]:
        return [
            Load("batches", f"transactions of {BATCH}", lambda s: repeat_for(s, lambda: self._change(BATCH))),
            Load("single", "one transaction each", lambda s: repeat_for(s, lambda: self._change(1))),
        ]

    def _change(self, count: int) -> int:
        serials = [random.randrange(self._records) for _ in range(count)]
        first = self._next
        self._next += count
        with self._db:
            self._db.executemany(
                "UPDATE cards SET record = ? WHERE serial = ?",
                [(os.urandom(CARD_BYTES), serial) for serial in serials],
            )
            entries = [(first + place, os.urandom(ENTRY_BYTES)) for place in range(count)]
            self._db.executemany("INSERT INTO entries VALUES (?, ?)", entries)
            self._db.executemany(
                "INSERT INTO commands VALUES (?, ?)",
                [(os.urandom(32), first + place) for place in range(count)],
            )
        return count
