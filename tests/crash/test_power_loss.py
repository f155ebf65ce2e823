"""The process dies, or the power, before each operation on the disk: all of one history's moments, none left to chance.

What is left is computed from what was written and synced: all writes (the process was killed), the synced ones only, or
the synced ones and any of the others (the power failed). From each of these a node starts and keeps every promise.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cardtrail.node import store
from cardtrail.node.directory import Directory
from cardtrail.node.store import Store, StoreError
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.signed import SIGNED_CODEC
from tests.crash import sabotage
from tests.crash.disk import Disk, Kept, Left, failing_disk
from tests.crash.scenario import Seen, every_command, go_on, play
from tests.node.ledgers import new_directory


@pytest.fixture(autouse=True)
def _fold_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHECKPOINT_PAGES", 8)


@dataclass(frozen=True)
class Moment:
    """A crash before an operation: what it left, what had been told by then, and what of the files had been synced."""

    name: str
    directory: Directory
    seen: Seen
    kept: dict[str, Kept]


def crashes(tmp_path: Path, disk: Disk, left: Left) -> Iterator[Moment]:
    """Every moment of the history, one after the other, while it goes on."""
    directory = new_directory(tmp_path / "ledger")
    disk.adopt(directory.path)
    seen = Seen()
    moments: list[Moment] = []

    def crash() -> None:
        target = tmp_path / f"left-{disk.count}"
        disk.leave(directory.path, target, left, seed=disk.count)
        told = Seen(dict(seen.answers), list(seen.notes))
        kept = {str(target / Path(file).name): Kept(k.durable) for file, k in disk.kept.items()}
        moments.append(Moment(f"before operation {disk.count + 1}", Directory(target), told, kept))

    disk.watch = crash
    play(directory, seen)
    disk.watch = None
    crash()
    assert seen.failure is None
    for moment in moments:
        yield moment
        shutil.rmtree(moment.directory.path)


def crash_everywhere(tmp_path: Path, left: Left, check: Callable[[Disk, Moment], object]) -> list[str]:
    """At which moments a promise is broken."""
    broken = []
    with failing_disk() as disk:
        for moment in crashes(tmp_path, disk, left):
            try:
                check(disk, moment)
            except (AssertionError, StoreError) as error:
                broken.append(f"{moment.name}: {error}")
    return broken


def promises(_: Disk, moment: Moment) -> None:
    go_on(moment.directory, moment.seen)


@pytest.mark.parametrize("left", list(Left))
def test_no_crash_breaks_a_promise(tmp_path, left):
    broken = crash_everywhere(tmp_path, left, promises)
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("defence", "left"),
    [
        (sabotage.without_syncs, Left.NONE),
        (sabotage.without_syncs, Left.SOME),
        (sabotage.in_two_transactions, Left.ALL),
    ],
)
def test_without_the_defence_a_promise_is_broken(tmp_path, monkeypatch, defence, left):
    defence(monkeypatch)
    assert crash_everywhere(tmp_path, left, promises)


def told_is_durable(disk: Disk, moment: Moment) -> None:
    """The process is killed, a start finds commands and says so to whoever asks by id, and then the power fails."""
    disk.kept = moment.kept
    aside = Directory(moment.directory.path.with_name("aside"))
    store = Store(moment.directory.database)
    told = [raw for raw in every_command() if store.index_of(id_of(raw)) is not None]
    disk.leave(moment.directory.path, aside.path, Left.NONE)
    store.close()
    after = Store(aside.database, readonly=True)
    lost = [raw for raw in told if after.index_of(id_of(raw)) is None]
    after.close()
    shutil.rmtree(aside.path)
    assert not lost, f"{len(lost)} commands"


def id_of(raw: bytes) -> bytes:
    return command_id(SIGNED_CODEC.decode(raw).body)


def test_what_a_start_finds_is_durable_before_anybody_hears_of_it(tmp_path):
    broken = crash_everywhere(tmp_path, Left.ALL, told_is_durable)
    assert not broken, "\n".join(broken)


def test_a_start_that_trusts_what_it_reads_breaks_that(tmp_path, monkeypatch):
    sabotage.trusting_what_is_read(monkeypatch)
    assert crash_everywhere(tmp_path, Left.ALL, told_is_durable)
