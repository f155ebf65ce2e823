"""The log up to its latest checkpoint, as others may see it: the signed note, paths to its root, its tiles."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.merkle.hashing import HASH_SIZE
from cardtrail.merkle.proofs import inclusion_path
from cardtrail.merkle.pyramid import TILE_HEIGHT, TILE_WIDTH
from cardtrail.merkle.tiles import EntriesRef, TileNodes, TileRef, encode_bundle
from cardtrail.node.service import Node
from cardtrail.node.store import Store


@dataclass(frozen=True, slots=True)
class Published:
    """One checkpoint: how many entries it covers, the signed note, and the nodes of the tree under it."""

    size: int
    note: str
    nodes: TileNodes

    def path(self, index: int) -> list[bytes]:
        """The inclusion path of an entry that the checkpoint covers."""
        return inclusion_path(index, self.size, self.nodes)


class PublishedLog:
    """Reads the published log for one thread.

    Size and note are taken from one row of the store, never from the publisher's two variables, between whose changes
    another thread may look.
    """

    def __init__(self, node: Node, store: Store) -> None:
        self._node = node
        self._store = store
        self._latest: Published | None = None

    def latest(self) -> Published | None:
        """The latest checkpoint, none if there is none yet."""
        if self._latest is None or self._latest.size != self._node.publisher.size:
            row = self._store.checkpoint()
            if row is None:
                return None
            size, note = row
            if self._latest is None or self._latest.size != size:
                self._latest = Published(size, note, TileNodes(size, self.hashes))
        return self._latest

    @property
    def size(self) -> int:
        """How many entries the latest checkpoint covers."""
        latest = self.latest()
        return 0 if latest is None else latest.size

    def tile(self, ref: TileRef | EntriesRef) -> bytes | None:
        """A tile or bundle, none if the latest checkpoint does not reach so far."""
        level = 0 if isinstance(ref, EntriesRef) else ref.level
        if ref.n * TILE_WIDTH + ref.width > self.size >> TILE_HEIGHT * level:
            return None
        if isinstance(ref, TileRef):
            return self.hashes(ref.level, ref.n, ref.width)
        first = ref.n * TILE_WIDTH
        return encode_bundle([entry for _, entry in self._store.entries(first, first + ref.width)])

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """The first hashes of a tile of the log, which must have so many."""
        if width < TILE_WIDTH:
            try:
                return self._node.engine.tree.partial_tile(level, n, width)
            except LookupError:
                pass  # It has become full since the checkpoint, and so it is in the store.
        data = self._store.tile(level, n)
        if data is None:
            raise LookupError(f"the tile {level}/{n} of the log is missing")
        return data[: width * HASH_SIZE]
