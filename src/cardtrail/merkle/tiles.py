"""Static tiles (c2sp.org/tlog-tiles): a log as files that never change, for any web server to serve.

A tile holds 256 neighbouring hashes, or fewer at the right edge of the log. Tiles of level 0 hold leaf hashes, those of
level l roots of complete subtrees of 256^l leaves. Beside each tile of level 0 stands a bundle with the entries it
hashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from cardtrail.merkle.hashing import HASH_SIZE
from cardtrail.merkle.pyramid import TILE_HEIGHT, TILE_WIDTH, Pyramid

MAX_LEVEL: Final = 63
MAX_ENTRY_SIZE: Final = 65_535
"""The longest entry a bundle can hold, in bytes: its length is written in 16 bits."""

_LENGTH_SIZE: Final = 2
# Eighteen digits number every tile of a log of 2^63 leaves, and fit 63 bits.
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


class TileError(ValueError):
    """The bytes of a tile are not as many hashes as it must have."""


class BundleError(ValueError):
    """Bytes that are not a bundle of that many entries, or an entry too long for one."""


class TileRef(NamedTuple):
    """Tile `n` of a level, with its first `width` hashes."""

    level: int
    n: int
    width: int


class EntriesRef(NamedTuple):
    """The first `width` entries of bundle `n`."""

    n: int
    width: int


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """Where a tile is served, below the log's prefix and without a leading slash. Raises ValueError for no tile."""
    if not 0 <= level <= MAX_LEVEL:
        raise ValueError(f"a tile level is from 0 to {MAX_LEVEL}, not {level}")
    return f"tile/{level}/{_numbered(n, width)}"


def entries_path(n: int, width: int = TILE_WIDTH) -> str:
    """Where a bundle is served, below the log's prefix and without a leading slash. Raises ValueError for no bundle."""
    return f"tile/entries/{_numbered(n, width)}"


def parse_path(path: str) -> TileRef | EntriesRef | None:
    """What a path names; None for every spelling but the one `tile_path` and `entries_path` write."""
    match = _PATH.fullmatch(path)
    if not match:
        return None
    kind, groups, partial = match.groups()
    n = int(groups.replace("x", "").replace("/", ""))
    width = int(partial) if partial else TILE_WIDTH
    # A partial path with the full width, or none, and a level past the last have no spelling of their own.
    if width > TILE_WIDTH or width == 0 or (kind != "entries" and int(kind) > MAX_LEVEL):
        return None
    if kind == "entries":
        return EntriesRef(n, width) if entries_path(n, width) == path else None
    return TileRef(int(kind), n, width) if tile_path(int(kind), n, width) == path else None


def tiles_added(old: int, new: int) -> Iterator[TileRef]:
    """The tiles a log of `new` leaves has and the same log of `old` leaves had not, level by level.

    A partial tile counts as another tile once it is wider. Bundles follow those of level 0, with the same number and
    width. Raises ValueError if `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a log of {old} leaves cannot have grown to {new}")
    return _added(old, new)


def tiles_of(size: int) -> Iterator[TileRef]:
    """Every tile of a log of `size` leaves, full ones and partial ones, level by level."""
    return tiles_added(0, size)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The bundle of these entries. Raises BundleError if one is longer than 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_SIZE:
            raise BundleError(f"an entry has {len(entry)} bytes, a bundle takes at most {MAX_ENTRY_SIZE}")
        parts += [len(entry).to_bytes(_LENGTH_SIZE, "big"), entry]
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle. Raises BundleError unless the bytes are exactly that many."""
    entries: list[bytes] = []
    start = 0
    for _ in range(width):
        body = start + _LENGTH_SIZE
        end = body + int.from_bytes(data[start:body], "big")
        if end > len(data):
            raise BundleError(f"the bundle ends within entry {len(entries)} of {width}")
        entries.append(data[body:end])
        start = end
    if start != len(data):
        raise BundleError(f"the bundle goes on after its {width} entries")
    return entries


class TileNodes:
    """The nodes of a log of `size` leaves, read from its tiles: what the makers of proofs in `proofs` ask for.

    `read_tile(level, n, width)` is asked for the tiles of `tiles_of(size)` and no others. The last `keep` tiles used
    stay in memory, about 35 KB each.
    """

    def __init__(self, size: int, read_tile: Callable[[int, int, int], bytes], keep: int = 64) -> None:
        self.size: Final = size
        self._read_tile = read_tile
        self._keep = keep
        self._tiles: dict[tuple[int, int], Pyramid] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Root of the complete subtree `index` of `level`.

        Raises LookupError if the log has no such subtree, TileError if a tile has the wrong length.
        """
        if level < 0 or index < 0 or (index + 1) << level > self.size:
            raise LookupError(f"no complete subtree {index} of level {level} in a log of {self.size}")
        tile_level, row = divmod(level, TILE_HEIGHT)
        n, place = divmod(index, TILE_WIDTH >> row)
        return self._tile(tile_level, n).rows[row][place]

    def _tile(self, level: int, n: int) -> Pyramid:
        # A dictionary keeps the order of insertion: the tile used longest ago comes first.
        tile = self._tiles.pop((level, n), None)
        if tile is None:
            width = min(TILE_WIDTH, (self.size >> TILE_HEIGHT * level) - n * TILE_WIDTH)
            data = self._read_tile(level, n, width)
            if len(data) != width * HASH_SIZE:
                raise TileError(f"{tile_path(level, n, width)} has {len(data)} bytes, not {width} hashes")
            tile = Pyramid.of_tile(data)
            if len(self._tiles) >= self._keep:
                del self._tiles[next(iter(self._tiles))]
        self._tiles[level, n] = tile
        return tile


def _numbered(n: int, width: int) -> str:
    """The number in groups of three digits, all but the last marked with an x, and the width unless it is full."""
    if n < 0 or not 0 < width <= TILE_WIDTH:
        raise ValueError(f"no tile {n} of width {width}")
    groups = [f"{n % 1000:03}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03}")
    number = "/".join(reversed(groups))
    return number if width == TILE_WIDTH else f"{number}.p/{width}"


def _added(old: int, new: int) -> Iterator[TileRef]:
    level = 0
    while new:
        if new > old:
            for n in range(old // TILE_WIDTH, new // TILE_WIDTH):
                yield TileRef(level, n, TILE_WIDTH)
            if new % TILE_WIDTH:
                yield TileRef(level, new // TILE_WIDTH, new % TILE_WIDTH)
        level, old, new = level + 1, old // TILE_WIDTH, new // TILE_WIDTH
