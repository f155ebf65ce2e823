"""35: one flipped byte, where nothing but its own check would see it. See `test_without_defences`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cardtrail.audit import source as audit_source_module
from cardtrail.audit.tree import TreeReplay
from cardtrail.node import damage
from cardtrail.node.store import PAGE_BYTES
from tests.audit.ledgers import MemorySource, audit_source, build_directory, every_kind
from tests.ledger_world import World


@cache
def a_world() -> World:
    return every_kind()


def flip_a_time(_: Path) -> bool:
    """The last entry's time, a little later: every rule and every signature still holds."""
    source = MemorySource(a_world().entries)
    last = a_world().entries[-1]
    (path,) = (path for path in source.files if path.startswith("tile/entries/"))
    at = len(source.files[path]) - len(last) + 9  # The lowest byte of the time.
    assert source.files[path][at - 9 : at - 7] == b"\x92\xcf"
    low = source.files[path][at]
    return silent_after(source, path, at, next(bit for bit in (1, 2, 4, 8, 16, 32, 64, 128) if not low & bit))


def ignore_the_tree(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TreeReplay, "_compare_roots", lambda self, size: None)
    ignore_tiles(patch)


def flip_a_tile(_: Path) -> bool:
    """A hash in a tile, by which others would check their receipts."""
    return silent_after(MemorySource(a_world().entries), tile_of(a_world()), 40, 1)


def ignore_tiles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TreeReplay, "_compare_tile", lambda self, level, n, expected: None)


def flip_a_signature(_: Path) -> bool:
    """The checkpoint says the right thing, but the log's key no longer says so."""
    source = MemorySource(a_world().entries)
    return silent_after(source, "checkpoint", len(source.files["checkpoint"]) - 20, 1)


def ignore_the_signature(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(audit_source_module, "open_note", lambda note, key: note.partition("\n\n")[0] + "\n")


def flip_a_page(folder: Path) -> bool:
    """The middle of the database's last page."""
    file = build_directory(folder / "ledger", a_world()).database
    assert damage.damaged_places(file) == []
    data = bytearray(file.read_bytes())
    data[len(data) - PAGE_BYTES // 2] ^= 1
    file.write_bytes(data)
    return damage.damaged_places(file) == []


def ignore_page_checksums(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(damage, "damaged_pages", lambda path, on_progress=None: [])


def tile_of(world: World) -> str:
    (path,) = (path for path in MemorySource(world.entries).files if path.startswith("tile/0/"))
    return path


def silent_after(source: MemorySource, path: str, at: int, bits: int) -> bool:
    """Whether an audit finds nothing wrong once these bits of that byte are flipped."""
    assert audit_source(source).report.sound
    data = bytearray(source.files[path])
    data[at] ^= bits
    source.files[path] = bytes(data)
    return audit_source(source).report.sound
