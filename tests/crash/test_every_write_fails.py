"""At each durable write, one after the other: it fails and was not done, and it fails although it was done.

Whichever it is, the node stops and says why, no caller is left waiting, and the normal start afterwards finds a ledger
in which everything that was acknowledged is there and everything else is there wholly or not at all.
"""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import pytest

from cardtrail.node import store
from cardtrail.node.directory import Directory
from cardtrail.node.orderer import Stopping
from cardtrail.node.store import StoreError
from tests.crash import sabotage
from tests.crash.disk import Disk, Fault, failing_disk
from tests.crash.replay import copy_files
from tests.crash.scenario import Seen, go_on, play
from tests.node.ledgers import new_directory

# SQLite folds the log back whenever it likes. If that fails nothing is lost and nothing needs to stop: the log stays.
HARMLESS = (
    "write ledger.db",
    "sync ledger.db",
    "truncate ledger.db",
    "delete ledger.db-wal",
    "sync ledger.db-wal",
)

# The file `checkpoint` beside the database is a copy, made again with the next checkpoint or at the next start.
COPY = ("fsync file", "replace checkpoint")


@pytest.fixture(autouse=True)
def _fold_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHECKPOINT_PAGES", 8)


def fail_each(tmp_path: Path, fault: Fault, *, to_the_end: bool = True) -> tuple[int, list[str]]:
    """How many operations were failed, one in each run, and in which runs a promise was broken."""
    broken: list[str] = []
    with failing_disk() as disk:
        empty = new_directory(tmp_path / "empty")
        for place in count(1):
            here = tmp_path / "here"
            seen = Seen()
            try:
                finished = _fail_at(disk, place, fault, copy_files(empty, here / "ledger").path, seen)
            except (AssertionError, StoreError) as error:
                broken.append(f"{place}, {disk.failed}: {error}")
                finished = False
            shutil.rmtree(here)
            if finished or (broken and not to_the_end):
                return place - 1, broken
    raise AssertionError("unreachable")


def _fail_at(disk: Disk, place: int, fault: Fault, path: Path, seen: Seen) -> bool:
    directory = Directory(path)
    killed = path.with_name("killed")
    seen.stopped = lambda: (copy_files(directory, killed), None)[1]
    disk.count, disk.fail_at, disk.fault, disk.failed = 0, place, fault, None
    play(directory, seen)
    disk.fail_at = None
    if disk.failed is None:
        assert seen.failure is None, seen.failure
        go_on(directory, seen)
        return True
    if seen.failure is None:
        assert disk.failed in (*HARMLESS, *COPY), f"nobody noticed that {disk.failed} failed"
    else:
        assert isinstance(seen.failure, (StoreError, Stopping)), seen.failure
        assert "cannot be written" in str(seen.failure), seen.failure
    if killed.exists():
        go_on(Directory(killed), seen)
    go_on(directory, seen)
    return False


@pytest.mark.parametrize("fault", list(Fault))
def test_no_failed_write_breaks_a_promise(tmp_path, fault):
    operations, broken = fail_each(tmp_path, fault)
    assert not broken, "\n".join(broken)
    assert operations > 100, "the history does too little to be worth failing"


def test_the_history_has_every_kind_of_durable_write(tmp_path):
    with failing_disk() as disk:
        play(new_directory(tmp_path / "ledger"), Seen())
    assert {*HARMLESS, *COPY, "write ledger.db-wal"} <= set(disk.trace)


@pytest.mark.parametrize("defence", [sabotage.in_two_transactions, sabotage.deaf_to_errors])
def test_without_the_defence_a_promise_is_broken(tmp_path, monkeypatch, defence):
    defence(monkeypatch)
    _, broken = fail_each(tmp_path, Fault.ABSENT, to_the_end=False)
    assert broken
