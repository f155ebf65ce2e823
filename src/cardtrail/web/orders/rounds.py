"""What several orders let go in the same moment goes to the ledger together.

An order alone is delivered at once. While it is, others wait for their turn, in this process and in the others on this
machine, and then one of them does for all what they wait for: one request to the node, one page of the projection,
whatever their number. So the more arrive, the less each of them costs; and processes that would wait for each other at
the projection's row anyway do not compute the same beside each other.

It is a matter of time alone. Which process has an action is said by its row (`actions.perform`): where several machines
share a database, each has turns of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from cardtrail.web.actions.perform import advance_all, any_due
from cardtrail.web.orders.ledger_side import BUY, DISPUTE, STOP
from cardtrail.web.ui.turns import turn_at

ALIKE: Final = (BUY, DISPUTE, STOP)
"""What is due of other processes' orders is done in the same round: confirmations with these purposes."""

APART_S: Final = 0.15
"""Rounds of different threads begin so far apart. Nobody feels it, and of twenty orders a second three share one."""


class Rounds:
    """Work for many, done by one of those who want it, while the others wait.

    work   does it for these, and for whoever else it finds
    left   whether anything is to be done for these: another process may have been first
    path   the file by which processes take turns, asked for when it is needed
    """

    def __init__(
        self,
        work: Callable[[Collection[UUID]], object],
        left: Callable[[Collection[UUID]], bool],
        path: Callable[[], Path],
    ) -> None:
        self._work, self._left, self._path = work, left, path
        self._mine = threading.Lock()
        self._door = threading.Lock()
        self._wanted: list[UUID] = []

    def join(self, ids: Collection[UUID]) -> None:
        """Come back when the work was tried for these. What goes wrong is raised to whoever did it."""
        if not ids:
            return
        with self._door:
            self._wanted += ids
        with self._mine, turn_at(self._path()) as turn:
            # Whoever had the turn before us took all that was wanted by then: ours, or none of it.
            if not self._is_wanted(ids):
                return
            if self._left(ids):
                turn.begin(APART_S)
                self._work(self._take())
            else:
                self._take(ids)

    def _is_wanted(self, ids: Collection[UUID]) -> bool:
        with self._door:
            return not set(ids).isdisjoint(self._wanted)

    def _take(self, ids: Collection[UUID] | None = None) -> list[UUID]:
        """These are wanted no longer, or none is."""
        with self._door:
            taken = [id for id in self._wanted if ids is None or id in ids]
            self._wanted = [id for id in self._wanted if id not in taken]
        return taken


_rounds: Final = Rounds(
    lambda ids: advance_all(ids, ALIKE), any_due, lambda: settings.CONFIG.directory / "orders.turn"
)


def perform(confirmations: Collection[UUID]) -> None:
    """Do what was let go. Outside of any transaction: whoever does it for us has to find it on the disk. If they are
    killed, the worker does it."""
    _rounds.join(confirmations)
