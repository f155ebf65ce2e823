"""The disk is full, or cannot be written at all: the node stops, says so, and goes on when there is room again."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardtrail.node import directory as directory_module
from cardtrail.node import publish
from cardtrail.node.directory import Directory
from cardtrail.node.orderer import Stopping
from cardtrail.node.service import Node
from cardtrail.node.store import StoreError
from cardtrail.wire.answers import Accepted
from tests.crash.disk import failing_disk
from tests.crash.replay import copy_files, judge
from tests.crash.scenario import Seen, go_on, lives
from tests.crash.test_kill import Told, hold_to_it, prepare, running
from tests.node.ledgers import PATIENCE_S, checkpointed, founding, new_directory, quiet

ROOM_BYTES = 1 << 20


def fill(directory: Directory) -> tuple[Seen, str]:
    """Pass one card on until the disk is full. What was answered by then, and what was said instead of an answer."""
    world, first = founding(1, max_hops=1_000_000)
    seen = Seen()
    with Node(directory, quiet()) as node:
        submission = first
        for hop in range(100_000):
            try:
                answers = node.submit(submission).result(PATIENCE_S)
            except Stopping as error:
                said = str(error)
                break
            assert all(isinstance(answer, Accepted) for answer in answers)
            seen.answers.update(zip(submission, answers, strict=True))
            world.pass_on(0, f"holder {hop}")
            submission = world.take()
        else:
            raise AssertionError("the disk never filled up")
    assert node.failure is not None
    assert str(node.failure) in said
    return seen, said


def all_there(directory: Directory, seen: Seen) -> None:
    judged = judge(directory)
    assert seen.answers
    for answer in seen.answers.values():
        assert isinstance(answer, Accepted)
        assert judged.answers[answer.id] == answer


def test_a_full_disk_stops_the_node_and_loses_nothing(tmp_path):
    with failing_disk() as disk:
        directory, seen = new_directory(tmp_path / "ledger"), Seen()
        first, second = lives()[0]
        with Node(directory, quiet()) as node:
            seen.answers.update(zip(first, node.submit(first).result(PATIENCE_S), strict=True))
            disk.full = True
            with pytest.raises(Stopping, match=r"ledger.db cannot be written: .*no space left"):
                node.submit(second).result(PATIENCE_S)
            with pytest.raises(Stopping):
                node.submit(second).result(PATIENCE_S)
        with pytest.raises(StoreError, match=r"ledger.db cannot be written: .*no space left"):
            Node(directory, quiet()).close()
        disk.full = False
        go_on(directory, seen)


def test_no_room_for_the_copy_of_the_checkpoint_does_not_stop_the_node(tmp_path, monkeypatch):
    """It is only a copy, and is made again: with the next checkpoint, or at the next start."""
    with failing_disk():
        directory, seen = new_directory(tmp_path / "ledger"), Seen()
        first, second = lives()[0]
        with Node(directory, quiet(checkpoint_interval_ms=0)) as node:
            seen.answers.update(zip(first, node.submit(first).result(PATIENCE_S), strict=True))
            assert checkpointed(node, 1)
            seen.notes.append(node.publisher.note)
            with monkeypatch.context() as patch:
                patch.setattr(publish, "write_durably", no_room)
                seen.answers.update(zip(second, node.submit(second).result(PATIENCE_S), strict=True))
                assert checkpointed(node, node.engine.state.size)
                seen.notes.append(node.publisher.note)
                node.close()
        assert node.failure is None
        assert directory.checkpoint.read_text() == seen.notes[0] != seen.notes[1]
        go_on(directory, seen)


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "no space left on the test's disk")


def test_a_limit_of_the_system_stops_a_real_process(tmp_path):
    directory, told = prepare(tmp_path / "ledger"), Told()
    with running(directory, "full") as driver:
        driver.wait_for(60)
        size = sum(file.stat().st_size for file in directory.path.glob("ledger.db-wal"))
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(driver.process.pid, resource.RLIMIT_FSIZE, (size, hard))
        assert driver.process.wait(PATIENCE_S) == 1
        driver.end(signal.SIGKILL, told)
    assert told.answers
    hold_to_it(judge(copy_files(directory, tmp_path / "aside")), told, directory)
    with running(directory, "room again") as driver:
        driver.wait_for(60)
        assert driver.end(signal.SIGTERM, told) == 0
    hold_to_it(judge(directory), told, directory)


def test_a_read_only_file_is_refused_at_the_start(tmp_path):
    with failing_disk() as disk:
        directory, seen = new_directory(tmp_path / "ledger"), Seen()
        disk.readonly = True
        with pytest.raises(StoreError, match=r"ledger.db cannot be written: .*read-only"):
            Node(directory, quiet()).close()
        disk.readonly = False
        go_on(directory, seen)


def test_a_read_only_directory_is_refused_at_the_start(tmp_path, monkeypatch):
    directory = new_directory(tmp_path / "ledger")

    class ReadOnly:
        def __getattr__(self, name: str) -> object:
            return getattr(os, name)

        def open(self, path: Path, *_: int) -> int:
            raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(directory_module, "os", ReadOnly())
    with pytest.raises(StoreError, match=r"directory .*ledger cannot be written: .*Read-only file system"):
        Node(directory, quiet()).close()


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A real file system of one megabyte, where this machine lets us have one."""
    point = tmp_path / "disk"
    point.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "none", str(point)]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a file system needs privileges")
    try:
        yield point
    finally:
        subprocess.run(["umount", "--lazy", str(point)], check=True, capture_output=True)


def remount(point: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(point)], check=True, capture_output=True)


def test_a_small_file_system_fills_up_and_is_enlarged(small_disk):
    directory = new_directory(small_disk / "ledger")
    seen, said = fill(directory)
    assert "full" in said
    with pytest.raises(StoreError, match=r"full"):
        Node(directory, quiet()).close()
    remount(small_disk, f"size={8 * ROOM_BYTES}")
    all_there(directory, seen)
    with Node(directory, quiet()) as node:
        again = node.submit(list(seen.answers)).result(PATIENCE_S)
    assert again == list(seen.answers.values())
    all_there(directory, seen)


def test_a_file_system_that_turns_read_only(small_disk):
    directory, seen = new_directory(small_disk / "ledger"), Seen()
    first = lives()[0][0]
    with Node(directory, quiet()) as node:
        seen.answers.update(zip(first, node.submit(first).result(PATIENCE_S), strict=True))
    remount(small_disk, "ro")
    with pytest.raises(StoreError, match=r"cannot be written"):
        Node(directory, quiet()).close()
    remount(small_disk, "rw")
    go_on(directory, seen)
