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
from contextlib import AbstractContextManager
from typing import Final
from uuid import UUID

from django.conf import settings

from cardtrail.web.actions.perform import advance_all
from cardtrail.web.orders.ledger_side import BUY, DISPUTE, STOP
from cardtrail.web.ui.turns import turn_at

Work = Callable[[Collection[UUID]], object]
Turn = Callable[[], AbstractContextManager[None]]

ALIKE: Final = (BUY, DISPUTE, STOP)
"""What is due of other processes' orders is done in the same round: confirmations with these purposes."""


class Rounds:
    """Work for many, done by one of those who want it, while the others wait. `among`: the turn among processes."""

    def __init__(self, work: Work, among: Turn) -> None:
        self._work, self._among = work, among
        self._turn = threading.Lock()
        self._door = threading.Lock()
        self._wanted: list[UUID] = []

    def join(self, ids: Collection[UUID]) -> None:
        """Come back when the work was tried for these. What goes wrong is raised to whoever did it."""
        if not ids:
            return
        with self._door:
            self._wanted += ids
        with self._turn, self._among():
            with self._door:
                # Whoever had the turn before us took all that was wanted by then: ours, or none of it.
                if not set(ids) & set(self._wanted):
                    return
                everything, self._wanted = self._wanted, []
            self._work(everything)


_rounds: Final = Rounds(
    lambda wanted: advance_all(wanted, ALIKE), lambda: turn_at(settings.CONFIG.directory / "orders.turn")
)


def perform(confirmations: Collection[UUID]) -> None:
    """Do what was let go. Outside of any transaction: whoever does it for us has to find it on the disk. If they are
    killed, the worker does it."""
    _rounds.join(confirmations)
