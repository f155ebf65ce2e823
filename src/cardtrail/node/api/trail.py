"""A card's trail: which entries changed it, or any card it came from by split or merge.

Every record names the entry that made it, and every entry keeps the records it replaced. So a trail is followed
backwards from the present, link by link, without an index. Nothing on the way ever changes, whatever is committed
meanwhile.
"""

from __future__ import annotations

from cardtrail.node.store import Store
from cardtrail.wire.cards import Card


class Trail:
    """A trail being followed. `cards` and `entries` are what was found so far; complete once `follow` says so."""

    def __init__(self, store: Store, serial: int) -> None:
        self._store = store
        self._ahead: list[Card] = []
        self.cards: set[int] = set()
        self.entries: set[int] = set()
        self.known = self._begin(serial)
        """Whether there is such a card."""

    def follow(self, steps: int) -> bool:
        """Go back by so many entries at most. Whether there is more."""
        for _ in range(steps):
            if not self._ahead:
                return False
            card = self._ahead.pop()
            self.entries.add(card.entry)
            before = next((old for old in self._store.before(card.entry) if old.serial == card.serial), None)
            if before is not None:
                self._ahead.append(before)
                continue
            for parent in card.parents:
                self._begin(parent)
        return bool(self._ahead)

    def _begin(self, serial: int) -> bool:
        if serial in self.cards:
            return True
        card = self._store.card(serial)
        if card is None:
            return False
        self.cards.add(serial)
        self._ahead.append(card)
        return True
