"""The disk fails at each operation of a backup and of a restore: there is a whole result, or none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from cardtrail.node import whole as whole_module
from cardtrail.node.backup import backup, restore
from cardtrail.node.directory import Directory
from cardtrail.node.service import Node
from cardtrail.node.store import StoreError
from tests.crash.disk import Disk, Fault, failing_disk
from tests.crash.replay import judge
from tests.crash.scenario import lives
from tests.node.ledgers import PATIENCE_S, new_directory, quiet


def fail_each(disk: Disk, target: Path, make: Callable[[Path], object]) -> int:
    """Make it again and again, another operation failing each time, until none is left to fail. How many there are."""
    for place in count(1):
        disk.count, disk.fail_at, disk.failed = 0, place, None
        failure = _made(target, make)
        disk.fail_at = None
        assert not list(target.parent.glob("*.partial"))
        # If it is there although something failed, what failed was not needed, or came after the last step.
        if failure is None or target.exists():
            judge(Directory(target))
            shutil.rmtree(target)
        if disk.failed is None:
            assert failure is None, failure
            return place - 1
    raise AssertionError("unreachable")


def _made(target: Path, make: Callable[[Path], object]) -> StoreError | None:
    try:
        make(target)
    except StoreError as error:
        return error
    return None


@pytest.mark.parametrize("fault", list(Fault))
def test_a_failing_disk_leaves_no_half_backup_and_no_half_ledger(tmp_path, monkeypatch, fault):
    with failing_disk() as disk:
        monkeypatch.setattr(whole_module, "os", disk.python())
        disk.fault = fault
        directory = new_directory(tmp_path / "ledger")
        with Node(directory, quiet()) as node:
            for submission in lives()[0]:
                node.submit(submission).result(PATIENCE_S)
        assert fail_each(disk, tmp_path / "backup", lambda target: backup(directory, target)) > 20
        source = backup(directory, tmp_path / "kept").directory.path
        made = fail_each(
            disk, tmp_path / "restored", lambda target: restore(source, target, keys=directory.path)
        )
        assert made > 20
