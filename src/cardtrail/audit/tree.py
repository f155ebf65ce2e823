"""The log's tree worked out again from its entries, and compared with its tiles and with every checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cardtrail.audit.report import Flaw
from cardtrail.audit.source import LogReader, SourceFlaw
from cardtrail.merkle.hashing import HASH_SIZE, LEAF_PREFIX
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.pyramid import TILE_WIDTH


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that the log's key signed: where it was found, and the root it states for its size."""

    place: str
    size: int
    root: bytes


class TreeReplay:
    """Takes entries in order.

    reader   where the log's own tiles are read from
    signed   the checkpoints to be compared, by size
    digests  SHA-256 of every full tile, by level and number
    """

    def __init__(self, reader: LogReader, signed: Mapping[int, Sequence[Signed]]) -> None:
        self._reader = reader
        self._signed = signed
        self._sizes = sorted(signed)
        self._mismatched: list[Signed] = []
        self._tile_flaws: list[Flaw] = []
        self._first_wrong: Flaw | None = None
        self._agreed = 0
        self.tree: Final = LogTree()
        self.digests: Final[dict[tuple[int, int], bytes]] = {}
        self.tiles = 0

    def feed(self, entries: Sequence[bytes]) -> None:
        """The next entries."""
        leaves = [sha256(LEAF_PREFIX + entry).digest() for entry in entries]
        start, tree = self.tree.size, self.tree
        while self._sizes and self._sizes[0] <= start + len(leaves):
            size = self._sizes.pop(0)
            tree.extend(leaves[tree.size - start : size - start])
            self._compare_roots(size)
        tree.extend(leaves[tree.size - start :])
        for level, n, data in tree.take_full_tiles():
            self.digests[level, n] = sha256(data).digest()
            if (n + 1) * TILE_WIDTH << 8 * level <= self._reader.size:
                self._compare_tile(level, n, data)

    def compare_edge(self) -> None:
        """Compare the partial tiles. To be called when exactly the reader's log was fed."""
        level, width = 0, self._reader.size
        while width:
            n, part = divmod(width, TILE_WIDTH)
            if part:
                self._compare_tile(level, n, self.tree.partial_tile(level, n, part))
            level, width = level + 1, n

    def first_unlike(self, n: int, entries: Sequence[bytes]) -> int:
        """The index of the first of bundle `n`'s entries whose hash is not in its tile; behind them if all are.

        For a bundle that cannot be read to its end: where its lengths lead astray is past the byte that did it.
        """
        first = n * TILE_WIDTH
        width = min(TILE_WIDTH, self._reader.size - first)
        try:
            tile = self._reader.tile(0, n, width)
        except SourceFlaw:
            return first
        for place, entry in enumerate(entries[:width]):
            if sha256(LEAF_PREFIX + entry).digest() != tile[place * HASH_SIZE : (place + 1) * HASH_SIZE]:
                return first + place
        return first + min(len(entries), width - 1)

    @property
    def rewritten(self) -> bool:
        """Whether a signed root does not come out of the entries."""
        return bool(self._mismatched)

    @property
    def changed_entry(self) -> Flaw | None:
        """The entry that is not what the log's own checkpoint was signed over, if the tiles tell which.

        If the entries do give that root, a tile that differs is itself at fault.
        """
        latest = any(signed.size == self._reader.size for signed in self._mismatched)
        return self._first_wrong if latest else None

    def flaws(self) -> list[Flaw]:
        """Every tile that does not fit the entries, and every checkpoint that signs another root than they give."""
        return [*self._tile_flaws, *map(self._root_flaw, self._mismatched)]

    def _root_flaw(self, signed: Signed) -> Flaw:
        first = self._agreed
        one = (
            f"entry {first}"
            if first == signed.size - 1
            else f"one of the entries {first} to {signed.size - 1}"
        )
        what = (
            f"the entries give another root than it signs: {one} was changed, moved, added or left out since"
        )
        return Flaw(signed.place, None, what)

    def _compare_roots(self, size: int) -> None:
        root = self.tree.root()
        wrong = [signed for signed in self._signed[size] if signed.root != root]
        self._mismatched += wrong
        if not wrong and not self._mismatched:
            self._agreed = size

    def _compare_tile(self, level: int, n: int, expected: bytes) -> None:
        place = f"tile {level}/{n}"
        try:
            data = self._reader.tile(level, n, len(expected) // HASH_SIZE)
        except SourceFlaw as flaw:
            self._tile_flaws.append(Flaw(place, None, flaw.what))
            return
        self.tiles += 1
        if data == expected:
            return
        wrong = next(
            place
            for place in range(len(expected) // HASH_SIZE)
            if data[place * HASH_SIZE : (place + 1) * HASH_SIZE]
            != expected[place * HASH_SIZE : (place + 1) * HASH_SIZE]
        )
        if level:
            what = f"its hash {wrong} is not the root of tile {level - 1}/{n * TILE_WIDTH + wrong}"
            self._tile_flaws.append(Flaw(place, None, what))
            return
        index = n * TILE_WIDTH + wrong
        self._tile_flaws.append(Flaw(place, index, f"its hash {wrong} is not that of entry {index}"))
        if self._first_wrong is None:
            what = f"its bytes are not those that were signed into the log: {place} has another hash for it"
            self._first_wrong = Flaw(f"entry {index}", index, what)
