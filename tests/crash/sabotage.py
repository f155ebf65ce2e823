"""Defences taken away, to see that the crash tests notice."""

from __future__ import annotations

from typing import Any

import apsw
import pytest

from cardtrail.node import store
from cardtrail.node.store import Store, Writes


def without_syncs(patch: pytest.MonkeyPatch) -> None:
    """A commit returns before it is on the disk."""
    connect = store._connect

    def careless(*arguments: Any, **options: Any) -> apsw.Connection:
        db = connect(*arguments, **options)
        db.pragma("synchronous", "off")
        return db

    patch.setattr(store, "_connect", careless)


def in_two_transactions(patch: pytest.MonkeyPatch) -> None:
    """Entries first, then the cards they changed."""
    commit = Store.commit

    def halves(self: Store, writes: Writes) -> None:
        commit(
            self,
            Writes(entries=writes.entries, commands=writes.commands, tiles=writes.tiles, meta=writes.meta),
        )
        commit(self, Writes(cards=writes.cards, products=writes.products, authorities=writes.authorities))

    patch.setattr(Store, "commit", halves)


def deaf_to_errors(patch: pytest.MonkeyPatch) -> None:
    """A commit that failed is answered as if it had not."""
    commit = Store.commit

    def optimistic(self: Store, writes: Writes) -> None:
        try:
            commit(self, writes)
        except store.StoreError:
            return

    patch.setattr(Store, "commit", optimistic)


def many_batches_a_transaction(patch: pytest.MonkeyPatch) -> None:
    """Batches are answered one by one, and committed four at a time."""
    begin = Store.__init__

    def lazy(self: Store, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        if not options.get("readonly"):
            self._db = _Lazy(self._db)

    patch.setattr(Store, "__init__", lazy)


class _Lazy:
    """A connection that overhears three of four commits."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def __enter__(self) -> Any:
        return self._db.__enter__()

    def __exit__(self, *error: Any) -> Any:
        return self._db.__exit__(*error)

    def execute(self, sql: str, *bindings: Any) -> Any:
        if sql.startswith("BEGIN") and self._db.in_transaction:
            return None
        if sql == "COMMIT":
            self._commits += 1
            if self._commits % 4:
                return None
        return self._db.execute(sql, *bindings)


def trusting_what_is_read(patch: pytest.MonkeyPatch) -> None:
    """A start takes what it can read for durable."""
    patch.setattr(Store, "_begin_writing", lambda self: None)
