"""The growing right edge of an append-only Merkle log (RFC 6962), kept as the partial tile of every tile level.

All that lies left of the edge is in full tiles, which never change again: they are handed out once, to be stored, and
forgotten here. So the tree takes the same few kilobytes whether the log has a thousand entries or a billion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from cardtrail.merkle.hashing import HASH_SIZE, fold_peaks
from cardtrail.merkle.pyramid import TILE_HEIGHT, TILE_WIDTH, Pyramid

FULL_TILE_SIZE: Final = TILE_WIDTH * HASH_SIZE


class LogTree:
    """A log that can be appended to, and knows its root and its partial tiles.

    To try a batch, append to a `copy()` and put it in this one's place once the batch is committed: a batch that
    fails leaves no trace.
    """

    __slots__ = ("_edge", "_full_tiles", "size")

    def __init__(self) -> None:
        self.size = 0
        """Number of leaves."""
        self._edge: list[Pyramid] = [Pyramid()]
        self._full_tiles: list[tuple[int, int, bytes]] = []

    @classmethod
    def load(cls, size: int, read_tile: Callable[[int, int, int], bytes]) -> LogTree:
        """The tree of a stored log of `size` leaves.

        `read_tile(level, n, width)` is asked for full tiles (`width` 256) at any level, and for one partial tile, the
        last one of level 0, if there is one: partial tiles above need not be stored, they follow from full ones.
        Raises ValueError if a tile has another length than its width says.
        """
        tree = cls()
        tree.size = size
        last, width = divmod(size, TILE_WIDTH)
        if width:
            tree._edge[0] = Pyramid.of_tile(_read(read_tile, 0, last, width))
        level, full = 0, last
        while full:
            # The edge one level up is the roots of the full tiles that no full tile there holds yet.
            first = full - full % TILE_WIDTH
            above = Pyramid()
            above.rows[0] = [
                Pyramid.of_tile(_read(read_tile, level, n, TILE_WIDTH)).rows[TILE_HEIGHT][0]
                for n in range(first, full)
            ]
            tree._edge.append(above)
            level, full = level + 1, full // TILE_WIDTH
        return tree

    def append(self, leaf_hash: bytes) -> None:
        """Append one leaf, given by its 32-byte hash."""
        row = self._edge[0].rows[0]
        row.append(leaf_hash)
        self.size += 1
        if len(row) == TILE_WIDTH:
            self._close(0)

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaves in their order, each given by its 32-byte hash."""
        leaves = iter(leaf_hashes)
        while True:
            row = self._edge[0].rows[0]
            room = TILE_WIDTH - len(row)
            before = len(row)
            row += islice(leaves, room)
            self.size += len(row) - before
            if len(row) < TILE_WIDTH:
                return
            self._close(0)

    def root(self) -> bytes:
        """Root of the tree: about log2(size) hashes, and one more for each leaf since it was last asked for."""
        return fold_peaks([peak for pyramid in reversed(self._edge) for peak in pyramid.peaks()])

    def copy(self) -> LogTree:
        """The same tree, growing on its own. Full tiles not taken yet go along."""
        twin = LogTree.__new__(LogTree)
        twin.size = self.size
        twin._edge = [pyramid.copy() for pyramid in self._edge]
        twin._full_tiles = self._full_tiles[:]
        return twin

    def take_full_tiles(self) -> list[tuple[int, int, bytes]]:
        """(level, n, bytes) of the tiles filled since the last call, in the order they filled. Each is given once."""
        taken, self._full_tiles = self._full_tiles, []
        return taken

    def partial_tile(self, level: int, n: int, width: int) -> bytes:
        """The first `width` hashes of the partial tile `n` of `level`.

        `width` may be less than the tile has now, so that an earlier checkpoint's tiles can be served while the log
        grows. Raises LookupError for any tile that is not at the edge, or not that wide.
        """
        if 0 <= level < len(self._edge) and n == self.size >> TILE_HEIGHT * (level + 1):
            row = self._edge[level].rows[0]
            if 0 < width <= len(row):
                return b"".join(row[:width])
        raise LookupError(
            f"no tile {n} of level {level} and width {width} at the edge of a log of {self.size}"
        )

    def _close(self, level: int) -> None:
        """Move the full tile of this level to those taken for storing, and its root to the level above."""
        pyramid = self._edge[level]
        pyramid.grow()
        n = (self.size >> TILE_HEIGHT * (level + 1)) - 1
        self._full_tiles.append((level, n, b"".join(pyramid.rows[0])))
        self._edge[level] = Pyramid()
        if level + 1 == len(self._edge):
            self._edge.append(Pyramid())
        above = self._edge[level + 1].rows[0]
        above.append(pyramid.rows[TILE_HEIGHT][0])
        if len(above) == TILE_WIDTH:
            self._close(level + 1)


def _read(read_tile: Callable[[int, int, int], bytes], level: int, n: int, width: int) -> bytes:
    data = read_tile(level, n, width)
    if len(data) != width * HASH_SIZE:
        raise ValueError(f"tile {n} of level {level} has {len(data)} bytes, not {width} hashes")
    return data
