"""Which parts of a ledger's file, and of the write-ahead log beside it, are damaged, by name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from struct import unpack
from typing import Final

import apsw

from cardtrail.node.store import StoreError, damaged_pages

# https://sqlite.org/fileformat2.html, section 4: the write-ahead log.
_WAL_HEAD: Final = 32
_FRAME_HEAD: Final = 24
_MAGIC: Final = 0x377F0682
_MASK: Final = 0xFFFFFFFF


def damaged_places(path: Path, on_progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Every damaged page of a ledger's file, with the table it belongs to where that can still be told. Reads the file.

    Empty if all of it is whole; only then is it worth reading what it says.
    """
    places = damaged_frames(path.with_name(path.name + "-wal"))
    try:
        pages = damaged_pages(path, on_progress)
    except StoreError:
        pages = [1]
    tables = _tables(path) if pages else {}
    return [f"page {page} of {path.name}{tables.get(page, '')}" for page in pages] + places


def damaged_frames(wal: Path) -> list[str]:
    """The first damaged frame of a write-ahead log, for SQLite quietly takes the log to end there.

    A write that was cut off by a loss of power looks the same, but only in the last transaction, since each is on the
    disk before the next begins. So what follows must hold a whole other transaction to be called damage.
    """
    data = wal.read_bytes() if wal.exists() else b""
    if len(data) <= _WAL_HEAD:
        return []
    magic, _, page_bytes, _, *salts = unpack(">6I", data[:24])
    order = ">" if magic & 1 else "<"
    sums = _checksum(data[:24], (0, 0), order)
    if magic & ~1 != _MAGIC or sums != unpack(">2I", data[24:_WAL_HEAD]):
        return [f"the head of {wal.name}"]
    starts = range(_WAL_HEAD, len(data) + 1, _FRAME_HEAD + page_bytes)
    broken, commits = None, 0
    for number, (start, end) in enumerate(pairwise(starts), 1):
        _, ends_transaction, *marks = unpack(">6I", data[start : start + _FRAME_HEAD])
        if broken is None:
            sums = _checksum(data[start : start + 8] + data[start + _FRAME_HEAD : end], sums, order)
            if marks == [*salts, *sums]:
                continue
            broken = number
        # Frames with other salts are left over from before the log was last begun anew.
        commits += bool(ends_transaction) and marks[:2] == salts
    return [f"frame {broken} of {wal.name}"] if commits > 1 else []


def refuse_damaged_log(path: Path) -> None:
    """Raise `StoreError` if the write-ahead log beside a ledger's file is damaged.

    To be asked before a ledger is opened for writing: SQLite would take the log to end at the damage, and what was
    acknowledged behind it would be gone without a word.
    """
    places = damaged_frames(path.with_name(path.name + "-wal"))
    if places:
        raise StoreError(
            f"{places[0]} is damaged: entries behind it would be lost; restore them from a backup or another copy"
        )


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = sums
    words = unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & _MASK
        two = (two + second + one) & _MASK
    return one, two


def _tables(path: Path) -> dict[int, str]:
    """The table of each page, as far as the damage lets it be followed."""
    tables: dict[int, str] = {}
    # The walk may meet the damage itself: then whatever was named until there is what can be told.
    with contextlib.suppress(apsw.Error):
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs="cksmvfs")
        with contextlib.closing(db):
            db.pragma("checksum_verification", "OFF")
            for page, table in db.execute("SELECT pageno, name FROM dbstat"):
                tables[int(str(page))] = f", in the table `{table}`"
    return tables
