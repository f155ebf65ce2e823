"""A disk that fails when a test wants it to, and that remembers what would be left of it after a loss of power.

It is an SQLite file system between the real one (`unix`) and the checksums (`cksmvfs`), so that the store runs as it
is. Every write, sync, truncation and deletion is an *operation* with a number. The files beside the database are
written by Python; their syncs and renames are operations of the same row.
"""

# ruff: noqa: N802 - the methods have SQLite's names

from __future__ import annotations

import enum
import errno
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import pytest

from cardtrail.node import directory as directory_module
from cardtrail.node.store import _memory_with_checksums

_WRITING = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE


class Fault(enum.Enum):
    """How an operation fails: without having been done, or done and reported as failed all the same."""

    ABSENT = "failed and absent"
    PRESENT = "failed but present"


class Left(enum.Enum):
    """What is left of the writes that were not synced: all (the process alone died), none, or any of them (power)."""

    ALL = "killed"
    NONE = "power lost"
    SOME = "power lost, some writes done"


@dataclass
class Kept:
    """A file as it surely is after a loss of power, and what was written since: (offset, bytes), or (length, None)."""

    durable: bytes | None = None
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)


class Disk:
    """What the file system below asks at every operation."""

    def __init__(self) -> None:
        self.count = 0
        self.trace: list[str] = []
        self.fail_at: int | None = None
        self.fault = Fault.ABSENT
        self.failed: str | None = None
        self.full = False
        self.readonly = False
        self.kept: dict[str, Kept] = {}
        self.watch: Callable[[], None] | None = None

    def perform(self, what: str, file: str, act: Callable[[], Any], error: Callable[[], Exception]) -> Any:
        """Do one operation, or fail it if its turn has come."""
        if self.watch is not None:
            self.watch()
        self.count += 1
        self.trace.append(f"{what} {Path(file).name}")
        if self.count != self.fail_at:
            return act()
        self.failed = self.trace[-1]
        if self.fault is Fault.PRESENT:
            act()
        raise error()

    def wrote(self, file: str, change: tuple[int, bytes | None]) -> None:
        self.kept.setdefault(file, Kept()).pending.append(change)

    def synced(self, file: str) -> None:
        self.kept[file] = Kept(Path(file).read_bytes())

    def adopt(self, folder: Path) -> None:
        """Take a directory's database files as they are for durable."""
        for file in folder.glob("ledger.db*"):
            self.synced(str(file))

    def python(self) -> Any:
        """The module `os` with syncs that are operations of this disk."""
        return _Python(self)

    def leave(self, folder: Path, target: Path, left: Left, seed: int = 0) -> None:
        """Write to `target` what a crash at this moment leaves of a ledger's directory."""
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns("ledger.db*"))
        dice = random.Random(seed)
        for file in [folder / "ledger.db", folder / "ledger.db-wal"]:
            if left is Left.ALL:
                content = file.read_bytes() if file.exists() else None
            else:
                content = self._after_power_loss(str(file), dice if left is Left.SOME else None)
            if content is not None:
                (target / file.name).write_bytes(content)

    def _after_power_loss(self, file: str, dice: random.Random | None) -> bytes | None:
        kept = self.kept.get(file, Kept())
        if dice is None or kept.durable is None:
            return kept.durable
        content = bytearray(kept.durable)
        for offset, data in kept.pending:
            if dice.random() < 0.5:
                continue
            end = offset if data is None else offset + len(data)
            content.extend(bytes(max(0, end - len(content))))
            if data is None:
                del content[end:]
            else:
                content[offset:end] = data
        return bytes(content)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        if disk.readonly and flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            # What the real file system does of itself where it may not write: SQLite learns of it from the second flag.
            flags[0] = flags[0] & ~_WRITING | apsw.SQLITE_OPEN_READONLY
            flags[1] = flags[0]
        super().__init__("unix", name, flags)

    def excepthook(self, *_: object) -> bool:
        return (
            True  # A failure of ours that SQLite chose to overlook, as when it folds the log back on closing.
        )

    def xLock(self, level: int) -> None:
        try:
            super().xLock(level)
        except apsw.IOError as error:
            # A reader that closes tries for a lock that its descriptor cannot have, and SQLite does without.
            raise apsw.BusyError(str(error)) from None

    def xWrite(self, data: bytes, offset: int) -> None:
        def act() -> None:
            super(_File, self).xWrite(data, offset)
            self._disk.wrote(self._name, (offset, bytes(data)))

        if self._disk.full:
            raise apsw.FullError("no space left on the test's disk")
        self._disk.perform("write", self._name, act, _io_error)

    def xSync(self, flags: int) -> None:
        def act() -> None:
            # The test's power fails, not the machine's: what a sync means is kept in `Disk`.
            self._disk.synced(self._name)

        self._disk.perform("sync", self._name, act, _io_error)

    def xTruncate(self, newsize: int) -> None:
        def act() -> None:
            super(_File, self).xTruncate(newsize)
            self._disk.wrote(self._name, (newsize, None))

        self._disk.perform("truncate", self._name, act, _io_error)


class _System(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__("failing", "unix", makedefault=True)

    def excepthook(self, *_: object) -> bool:
        return True

    def xOpen(self, name: Any, flags: list[int]) -> _File:
        return _File(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        # A deletion may come undone when the power fails, so what the disk keeps of the file stays.
        self._disk.perform(
            "delete", filename, lambda: super(_System, self).xDelete(filename, syncdir), _io_error
        )


def _io_error() -> Exception:
    return apsw.IOError("the test's disk fails")


@contextmanager
def failing_disk() -> Iterator[Disk]:
    """While this lasts, stores and durable files are on the disk it gives. No store may be open before or after."""
    disk = Disk()
    replace = Path.replace

    def counted_replace(self: Path, target: Path) -> Any:
        return disk.perform("replace", str(target), lambda: replace(self, target), _os_error)

    if "cksmvfs" in apsw.vfs_names():
        apsw.unregister_vfs("cksmvfs")
    system = _System(disk)
    _memory_with_checksums().close()  # The checksums settle on whatever is the default file system now.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directory_module, "os", disk.python())
        patch.setattr(Path, "replace", counted_replace)
        try:
            yield disk
        finally:
            apsw.unregister_vfs("cksmvfs")
            system.unregister()
            _memory_with_checksums().close()


class _Python:
    """The module `os` as modules that write files see it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        if self._disk.full:
            raise OSError(errno.ENOSPC, "no space left on the test's disk")
        self._disk.perform("fsync", "file", lambda: None, _os_error)


def _os_error() -> Exception:
    return OSError(errno.EIO, "the test's disk fails")
