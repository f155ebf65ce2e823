"""The log's static paths (c2sp.org/tlog-tiles) out of the store, and as files for any web server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cardtrail.merkle.checkpoint import Checkpoint, CheckpointError
from cardtrail.merkle.hashing import HASH_SIZE, leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.pyramid import TILE_HEIGHT, TILE_WIDTH, Pyramid
from cardtrail.merkle.tiles import (
    EntriesRef,
    TileRef,
    encode_bundle,
    entries_path,
    parse_path,
    tile_path,
    tiles_added,
)
from cardtrail.node.store import Store, StoreError
from cardtrail.signing.notes import NoteError, split_note

KEPT_ROOTS: Final = 4 * TILE_WIDTH
"""Roots of full tiles that stay in memory: partial tiles above level 0 are made of the same ones every time."""


class StoreTiles:
    """Tiles, bundles and the checkpoint as of the latest checkpoint, never beyond. For one thread, like its store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._roots: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        """The log's size under the latest checkpoint; 0 if there is none yet."""
        latest = self._store.checkpoint()
        return 0 if latest is None else latest[0]

    def read(self, path: str) -> bytes | None:
        """What stands at a path of the log; none if nothing does, or not yet."""
        if path == "checkpoint":
            latest = self._store.checkpoint()
            return None if latest is None else latest[1].encode()
        ref = parse_path(path)
        if ref is None:
            return None
        level = 0 if isinstance(ref, EntriesRef) else ref.level
        if ref.n * TILE_WIDTH + ref.width > self.size >> TILE_HEIGHT * level:
            return None
        try:
            return self.bundle(ref.n, ref.width) if isinstance(ref, EntriesRef) else self.tile(*ref)
        except StoreError:
            return None  # It should be there: whoever needs it will say that it is missing.

    def tile(self, level: int, n: int, width: int) -> bytes:
        """The first `width` hashes of a tile that the log has. Raises `StoreError` if the store has not."""
        data = self._store.tile(level, n)
        if data is None:
            if width == TILE_WIDTH:
                raise StoreError(f"the tile {level}/{n} of the log is missing")
            first = n * TILE_WIDTH
            if level == 0:
                data = b"".join(map(leaf_hash, self._entries(first, width)))
            else:
                data = b"".join(self._root(level - 1, number) for number in range(first, first + width))
        return data[: width * HASH_SIZE]

    def bundle(self, n: int, width: int) -> bytes:
        """The first `width` entries of a bundle that the log has. Raises `StoreError` if the store has not."""
        return encode_bundle(self._entries(n * TILE_WIDTH, width))

    def _entries(self, first: int, count: int) -> list[bytes]:
        rows = list(self._store.entries(first, first + count))
        if [index for index, _ in rows] != list(range(first, first + count)):
            raise StoreError(f"of the entries {first} to {first + count - 1} some are missing")
        return [entry for _, entry in rows]

    def _root(self, level: int, n: int) -> bytes:
        root = self._roots.pop((level, n), None)
        if root is None:
            root = Pyramid.of_tile(self.tile(level, n, TILE_WIDTH)).rows[TILE_HEIGHT][0]
            if len(self._roots) >= KEPT_ROOTS:
                del self._roots[next(iter(self._roots))]
        self._roots[level, n] = root
        return root


def export_tiles(
    store: Store, out: Path, vkey_text: str, on_progress: Callable[[int, int], None] | None = None
) -> int:
    """Write the log up to its latest checkpoint as static files, `log.vkey` beside them. Returns the log's
    size.

    A second call adds what is new. Every file appears whole or not at all, and the checkpoint last: whoever
    serves the folder meanwhile, or after a crash, serves an earlier or the later log. Raises `StoreError` if
    there is no checkpoint yet, if the folder holds another log, or if it cannot be written."""
    latest = store.checkpoint()
    if latest is None:
        raise StoreError("the log has no checkpoint yet, so there is nothing to export")
    size, note = latest
    tiles = StoreTiles(store)
    drafts = out / ".draft"
    try:
        shutil.rmtree(drafts, ignore_errors=True)  # What a crash left.
        old = _exported_size(tiles, out, size)
        refs = list(tiles_added(old, size))
        for done, ref in enumerate(refs):
            for path, data in _files(tiles, ref):
                _put(out / path, data, drafts)
            if on_progress is not None:
                on_progress(done + 1, len(refs))
        _put(out / "log.vkey", vkey_text.encode(), drafts)
        os.sync()  # Once for all of them, before the checkpoint promises that they are there.
        _put(out / "checkpoint", note.encode(), drafts)
        _drop_outgrown(out, old, size)
        shutil.rmtree(drafts, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"the log cannot be exported to {out}: {error}") from error
    return size


def _files(tiles: StoreTiles, ref: TileRef) -> Iterator[tuple[str, bytes]]:
    yield tile_path(*ref), tiles.tile(*ref)
    if ref.level == 0:
        yield entries_path(ref.n, ref.width), tiles.bundle(ref.n, ref.width)


def _exported_size(tiles: StoreTiles, out: Path, size: int) -> int:
    """How far an earlier export of this very log came; 0 if there was none."""
    file = out / "checkpoint"
    if not file.exists():
        return 0
    try:
        exported = Checkpoint.parse(split_note(file.read_text(encoding="utf-8"))[0])
    except (NoteError, CheckpointError, UnicodeDecodeError):
        return 0  # Damaged: write everything again, which also mends whatever else was.
    if exported.size > size or LogTree.load(exported.size, tiles.tile).root() != exported.root:
        raise StoreError(f"{out} holds another log; export into an empty folder")
    return exported.size


def _put(file: Path, data: bytes, drafts: Path) -> None:
    """Write a file whole, unless it is there already with these bytes. Half of one is never among the log's files."""
    try:
        if file.read_bytes() == data:
            return
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
    drafts.mkdir(exist_ok=True)
    draft = drafts / "file"
    draft.write_bytes(data)
    draft.replace(file)


def _drop_outgrown(out: Path, old: int, size: int) -> None:
    """Remove partial tiles whose full tile is there now: readers of an older checkpoint fall back to that."""
    for ref in tiles_added(old, size):
        if ref.width == TILE_WIDTH:
            for full in [tile_path(*ref), *([entries_path(ref.n)] if ref.level == 0 else [])]:
                folder = out / (full + ".p")
                if folder.is_dir():
                    for file in folder.iterdir():
                        file.unlink()
                    folder.rmdir()
