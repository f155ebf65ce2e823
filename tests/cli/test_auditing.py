"""`audit` of a directory: what it may read while somebody writes there, and where nobody can write."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from cardtrail.cli import auditing
from cardtrail.cli.auditing import place_of
from cardtrail.node.directory import Directory
from cardtrail.node.store import StoreError
from tests.cli.conftest import run

_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && ! touch "$1/x" 2>/dev/null'


def _on_read_only_disk(path, *command):
    script = f'{_READ_ONLY} && shift && exec "$@"'
    words = ["unshare", "-rm", "sh", "-c", script, "sh", str(path), *map(str, command)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60)


def _can_mount(path):
    return shutil.which("unshare") is not None and _on_read_only_disk(path, "true").returncode == 0


def test_a_file_that_is_being_written_is_not_read_page_by_page(world, monkeypatch):
    """Half-written pages would be called damage, and a sound ledger unsound."""
    read = []
    monkeypatch.setattr(
        auditing, "damaged_places", lambda path, tick: read.append(path) or ["page 1 of ledger.db"]
    )
    lock = Directory(world.ledger).lock()
    try:
        ran = world.ok("audit")
    finally:
        lock.release()
    assert read == []
    assert "a node is writing here" in ran.err
    assert run("audit", world.ledger).code == 1
    assert read == [world.ledger / "ledger.db"]


def test_nobody_can_begin_to_write_while_the_file_is_read(world, monkeypatch):
    seen = []

    def look(path, tick):
        with pytest.raises(RuntimeError, match="another process"):
            Directory(path.parent).lock()
        seen.append(path)
        return []

    monkeypatch.setattr(auditing, "damaged_places", look)
    assert run("audit", world.ledger).code == 0
    assert seen


def test_the_file_is_read_with_progress(world):
    told = []
    with (world.ledger / "ledger.db").open("ab") as file:
        file.write(bytes(2048 * 4096))  # Pages of nothing, enough of them for a person to wait.
    with place_of(str(world.ledger), None, lambda done, total: told.append((done, total))):
        pass
    assert told
    assert all(0 < done <= total for done, total in told)


def test_a_copy_on_a_read_only_disk_is_audited_with_its_tables(world):
    backup = world.path / "backup"
    world.ok("backup", backup)
    for place in (world.ledger, backup):
        if not _can_mount(place):
            pytest.skip("needs a mount namespace of its own")
        for lock in ("there", "not there"):
            if lock == "not there":
                (place / "lock").unlink(missing_ok=True)
            ran = _on_read_only_disk(place, sys.executable, "-m", "cardtrail.cli", "audit", place)
            assert ran.returncode == 0, ran.stderr
            assert "Sound" in ran.stdout
            assert "rows" in ran.stdout, "the tables were left out"


def test_somebody_elses_node_is_noticed_where_the_lock_cannot_be_taken(world, monkeypatch):
    lock = Directory(world.ledger).lock()

    def refuse(self):
        raise StoreError("the directory cannot be written")

    monkeypatch.setattr(Directory, "lock", refuse)
    try:
        assert "a node is writing here" in world.ok("audit").err
    finally:
        lock.release()
    assert world.ok("audit").err == ""
    (world.ledger / "lock").unlink()
    assert world.ok("audit").err == ""
