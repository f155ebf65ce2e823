"""The latest checkpoint, as proofs need it: its size, its signed note, and paths to its root."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.merkle.proofs import inclusion_path
from cardtrail.merkle.tiles import TileNodes
from cardtrail.node.service import Node
from cardtrail.node.store import Store
from cardtrail.node.tiles import StoreTiles


@dataclass(frozen=True, slots=True)
class Published:
    """One checkpoint: how many entries it covers, the signed note, and the nodes of the tree under it."""

    size: int
    note: str
    nodes: TileNodes

    def path(self, index: int) -> tuple[bytes, ...]:
        """The inclusion path of an entry that the checkpoint covers."""
        return tuple(inclusion_path(index, self.size, self.nodes))


class PublishedLog:
    """Follows the checkpoints for one thread.

    Size and note are taken from one row of the store, never from the publisher's two variables, between whose changes
    another thread may look.
    """

    def __init__(self, node: Node, store: Store) -> None:
        self._node = node
        self._store = store
        self._latest: Published | None = None
        self.tiles = StoreTiles(store)

    def latest(self) -> Published | None:
        """The latest checkpoint, none if there is none yet."""
        latest = self._latest
        if latest is None or latest.size != self._node.publisher.size:
            row = self._store.checkpoint()
            if row is not None and (latest is None or latest.size != row[0]):
                latest = self._latest = Published(*row, TileNodes(row[0], self.tiles.tile))
        return latest

    @property
    def size(self) -> int:
        """How many entries the latest checkpoint covers."""
        latest = self.latest()
        return 0 if latest is None else latest.size
