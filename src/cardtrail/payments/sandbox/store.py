"""The sandbox's database: one SQLite file, one connection, one transaction at a time.

Committed is durable (WAL, synchronous FULL): what was answered, and what is still to be told, survives a kill at any
instruction. Money only moves by a new row of `postings`; the tables themselves refuse to change one, to pay out more
than is held, and to use a key twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    payment_id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    request BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'paid', 'closed')),
    faults BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    payer TEXT NOT NULL DEFAULT '',
    currency TEXT NOT NULL,
    charge_back_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS payments_open ON payments (expires_ms) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS payments_calling_back ON payments (charge_back_ms) WHERE charge_back_ms IS NOT NULL;

CREATE TABLE IF NOT EXISTS postings (
    number INTEGER PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments,
    kind TEXT NOT NULL CHECK (kind IN ('paid', 'released', 'refunded', 'charged_back', 'won_back')),
    source TEXT NOT NULL,
    target TEXT NOT NULL CHECK (target <> source),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    key TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    UNIQUE (payment_id, kind, key, source)
) STRICT;
CREATE TRIGGER IF NOT EXISTS postings_stay BEFORE UPDATE ON postings
    BEGIN SELECT RAISE(ABORT, 'a posting does not change'); END;
CREATE TRIGGER IF NOT EXISTS postings_remain BEFORE DELETE ON postings
    BEGIN SELECT RAISE(ABORT, 'a posting is not removed'); END;
CREATE TRIGGER IF NOT EXISTS postings_covered BEFORE INSERT ON postings WHEN NEW.source = 'held' BEGIN
    SELECT RAISE(ABORT, 'more than is held') WHERE NEW.amount_minor > (
        SELECT COALESCE(SUM(CASE 'held' WHEN target THEN amount_minor WHEN source THEN -amount_minor ELSE 0 END), 0)
        FROM postings WHERE payment_id = NEW.payment_id);
END;

CREATE TABLE IF NOT EXISTS acts (
    key TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments,
    kind TEXT NOT NULL CHECK (kind IN ('release', 'refund')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    state TEXT NOT NULL CHECK (state IN ('done', 'pending', 'failed')),
    due_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS acts_of ON acts (payment_id);
CREATE INDEX IF NOT EXISTS acts_pending ON acts (due_ms) WHERE state = 'pending';

CREATE TABLE IF NOT EXISTS chargebacks (
    payment_id TEXT PRIMARY KEY REFERENCES payments,
    at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('open', 'won', 'lost'))
) STRICT;
CREATE INDEX IF NOT EXISTS chargebacks_open ON chargebacks (at_ms) WHERE outcome = 'open';

CREATE TABLE IF NOT EXISTS events (
    event_id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments,
    notify_url TEXT NOT NULL,
    body BLOB NOT NULL,
    due_ms INTEGER,
    copies_left INTEGER NOT NULL CHECK (copies_left >= 0),
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS events_of ON events (payment_id);
CREATE INDEX IF NOT EXISTS events_due ON events (due_ms) WHERE copies_left > 0 AND due_ms IS NOT NULL;

CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seen (message_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at_ms);
"""


PAYOUTS = """
CREATE TABLE IF NOT EXISTS payouts (
    key TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    subject TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS payouts_stay BEFORE UPDATE ON payouts
    BEGIN SELECT RAISE(ABORT, 'a payout does not change'); END;
CREATE TRIGGER IF NOT EXISTS payouts_remain BEFORE DELETE ON payouts
    BEGIN SELECT RAISE(ABORT, 'a payout is not removed'); END;
CREATE TABLE IF NOT EXISTS closed_accounts (account TEXT PRIMARY KEY) STRICT;
"""
"""Money from the brand to people (`sandbox.payouts`), and accounts that nothing is paid to."""


class Store:
    """The open file."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # Two sandboxes on one file is a mistake.
        with self._lock:
            self._connection.executescript(_SCHEMA + PAYOUTS)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything in it, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """To look, not to change."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
