"""A tile with the nodes it implies: up to 256 neighbouring hashes and every complete subtree above them.

Row 0 has the tile's own hashes, row k the roots of its complete subtrees over 2^k of them, row 8 the root of a full
tile, which is one hash of a tile a level up (c2sp.org/tlog-tiles).
"""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from typing import Final

from cardtrail.merkle.hashing import HASH_SIZE, NODE_PREFIX

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256


class Pyramid:
    """Rows of one tile. Row 0 may be appended to at any time; `grow` brings the rows above up to it."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: list[list[bytes]] = [[] for _ in range(TILE_HEIGHT + 1)]

    @classmethod
    def of_tile(cls, data: bytes) -> Pyramid:
        """The pyramid over a tile's bytes, 32 to each hash."""
        pyramid = cls()
        pyramid.rows[0] = [data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)]
        pyramid.grow()
        return pyramid

    def grow(self) -> None:
        """Hash the subtrees completed since the last call: one hash for every hash added to row 0, in the long run."""
        for low, high in pairwise(self.rows):
            first, end = 2 * len(high), len(low) - 1
            if first >= end:
                # Nothing new is complete here, so nothing above can be.
                return
            high += [sha256(NODE_PREFIX + low[i] + low[i + 1]).digest() for i in range(first, end, 2)]

    def peaks(self) -> list[bytes]:
        """Roots of the complete subtrees that row 0 divides into, largest first. Brings the rows up to date."""
        self.grow()
        return [row[-1] for row in reversed(self.rows) if len(row) & 1]

    def copy(self) -> Pyramid:
        """A pyramid that grows on its own."""
        twin = Pyramid.__new__(Pyramid)
        twin.rows = [row[:] for row in self.rows]
        return twin
