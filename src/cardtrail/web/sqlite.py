"""The SQLite that the web application uses when no PostgreSQL is set: one that is known to be sound."""

from __future__ import annotations

import sys

import pysqlite3


def use_bundled_sqlite() -> None:
    """Let Django's backend find a bundled SQLite under the standard library's name. To be called before Django
    opens a database.

    Releases before 3.51.3 can corrupt a database in WAL mode when two connections write and checkpoint at once
    (https://sqlite.org/wal.html#walresetbug), and Python is often built against an older one.
    """
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
