"""What several orders let go in the same moment goes to the ledger together.

An order alone is delivered at once. While it is, others wait for their turn, and then one of them does for all what
they wait for: one request to the node, one page of the projection, whatever their number. So the more arrive, the less
each of them costs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID

from cardtrail.web.actions.perform import advance_all

Work = Callable[[Collection[UUID]], object]


class Rounds:
    """Work for many, done by one of those who want it, while the others wait."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._turn = threading.Lock()
        self._door = threading.Lock()
        self._wanted: list[UUID] = []

    def join(self, ids: Collection[UUID]) -> None:
        """Come back when the work was tried for these. What goes wrong is raised to whoever did it."""
        if not ids:
            return
        with self._door:
            self._wanted += ids
        with self._turn:
            with self._door:
                # Whoever had the turn before us took all that was wanted by then: ours, or none of it.
                if not set(ids) & set(self._wanted):
                    return
                everything, self._wanted = self._wanted, []
            self._work(everything)


_rounds: Final = Rounds(advance_all)


def perform(confirmations: Collection[UUID]) -> None:
    """Do what was let go. Outside of any transaction: whoever does it for us has to find it on the disk. If they are
    killed, the worker does it."""
    _rounds.join(confirmations)
