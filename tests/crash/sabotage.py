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
        commit(
            self, Writes(cards=writes.cards, products=writes.products, authorities=writes.authorities)
        )

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


def trusting_what_is_read(patch: pytest.MonkeyPatch) -> None:
    """A start takes what it can read for durable."""
    patch.setattr(Store, "_begin_writing", lambda self: None)
