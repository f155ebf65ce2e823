"""Backups: taken while the ledger is written, checked, refused where they would fork the log. Replays after one."""

from __future__ import annotations

import contextlib
import shutil
import stat

import pytest

from cardtrail.node import store
from cardtrail.node.backup import BackupBehind, backup, restore
from cardtrail.node.directory import Directory
from cardtrail.node.service import Node
from cardtrail.node.store import Store, StoreError
from cardtrail.signing.keyfile import KeyFileError
from cardtrail.wire.answers import Accepted, Refused
from tests.crash.replay import judge
from tests.ledger_world import key, sign
from tests.node.ledgers import PATIENCE_S, Clock, checkpointed, founding, new_directory, quiet


@pytest.fixture
def ledger(tmp_path):
    """A closed ledger with a checkpoint, and the world that goes on from it."""
    directory = new_directory(tmp_path / "ledger")
    world, commands = founding(max_hops=1000)
    feed(directory, commands)
    return directory, world, commands


def feed(directory, commands):
    with Node(directory, quiet()) as node:
        answers = node.submit(commands).result(PATIENCE_S)
    assert all(isinstance(answer, Accepted) for answer in answers), answers
    return answers


def test_a_backup_is_the_ledger_as_it_was(ledger, tmp_path):
    directory, world, _ = ledger
    copied = backup(directory, tmp_path / "backup")
    before = judge(directory)
    assert judge(copied.directory) == before
    assert (copied.entries, copied.cards, copied.checkpoint) == (9, 3, 9)
    world.pass_on(0, "bob")
    feed(directory, world.take())
    assert judge(copied.directory) == before
    names = {file.name for file in copied.directory.path.iterdir()}
    assert names == {"ledger.db", "log.vkey", "checkpoint"}, "one file, no log beside it, and no secret"
    assert copied.directory.checkpoint.read_text() == before.notes[9]


def test_a_backup_ends_although_the_ledger_is_written_meanwhile(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "COPY_PAGES", 1)
    directory, world, _ = ledger
    before = judge(directory)
    steps = []
    with Node(directory, quiet(checkpoint_interval_ms=0)) as node:

        def meanwhile(done, pages):
            steps.append(done)
            assert len(steps) <= pages, "it begins again at every commit"
            if len(steps) < 40:
                world.pass_on(0, f"holder {len(steps)}")
                node.submit(world.take()).result(PATIENCE_S)
                assert checkpointed(node, node.engine.state.size)

        copied = backup(directory, tmp_path / "backup", on_progress=meanwhile)
        assert node.publisher.size > 9
    assert steps == list(range(1, len(steps) + 1))
    # The checkpoint beside the copy is the copy's, or a restore would find the backup behind what it says itself.
    assert judge(copied.directory) == before
    assert copied.directory.checkpoint.read_text() == before.notes[9]
    with pytest.raises(BackupBehind):  # What the ledger signed meanwhile lies beside its keys.
        restore(copied.directory.path, tmp_path / "restored", keys=directory.path)
    directory.checkpoint.unlink()
    assert restore(copied.directory.path, tmp_path / "restored", keys=directory.path).entries == 9


def test_without_its_snapshot_a_copy_would_not_end(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(Store, "_snapshot", contextlib.nullcontext)
    with pytest.raises(AssertionError, match="begins again"):
        test_a_backup_ends_although_the_ledger_is_written_meanwhile(ledger, tmp_path, monkeypatch)


def test_keys_come_along_only_when_asked_for_and_nobody_else_can_read_them(ledger, tmp_path):
    directory, _, _ = ledger
    copied = backup(directory, tmp_path / "with", include_keys=True)
    secrets = [copied.directory.log_key_file, *(copied.directory.path / "keys").iterdir()]
    assert len(secrets) == 6
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}
    assert stat.S_IMODE(copied.directory.path.stat().st_mode) == 0o700
    assert copied.directory.log_key().public == directory.log_key().public
    restored = restore(copied.directory.path, tmp_path / "restored").directory
    assert {f.name for f in (restored.path / "keys").iterdir()} == {
        f.name for f in (directory.path / "keys").iterdir()
    }
    assert stat.S_IMODE(restored.log_key_file.stat().st_mode) == 0o600


def test_nothing_is_overwritten(ledger, tmp_path):
    directory, _, _ = ledger
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").write_text("mine")
    with pytest.raises(StoreError, match="already"):
        backup(directory, taken)
    source = backup(directory, tmp_path / "backup").directory.path
    with pytest.raises(StoreError, match="already"):
        restore(source, taken, keys=directory.path)
    with pytest.raises(StoreError, match="already"):
        restore(source, directory.path, keys=directory.path)
    assert [file.name for file in taken.iterdir()] == ["mine"]


def test_a_restored_ledger_goes_on_and_takes_no_old_command_twice(ledger, tmp_path):
    """Replay after a restore: versions, sequences and network are in what was signed."""
    directory, world, commands = ledger
    world.ok("transfer", serial=0, owner=key("bob").public)
    world.ok("redeem", serial=1, amount_minor=100)
    moves = world.take()
    unsent = world.make("transfer", serial=2, owner=key("eve").public)
    world.pass_on(2, "bob")
    moves += world.take()
    first = feed(directory, moves)
    source = backup(directory, tmp_path / "backup").directory.path
    restored = restore(source, tmp_path / "restored", keys=directory.path).directory
    before = judge(restored)
    with Node(restored, quiet(Clock(world.now_ms + 10_000))) as node:
        again = node.submit(commands + moves).result(PATIENCE_S)
        assert again[-len(moves) :] == first
        assert len(node.engine.state.authorities) == 5
        late, other = (
            sign(unsent, [key("ann")]),
            sign(world.make("redeem", serial=0, amount_minor=7, network=bytes(16)), [key("bob")]),
        )
        assert [a.code for a in node.submit([late, other]).result(PATIENCE_S) if isinstance(a, Refused)] == [
            "not_owner",
            "wrong_network",
        ]
        assert node.engine.state.size == len(before.roots) - 1, "nothing took effect a second time"
        world.pass_on(0, "eve")
        assert all(isinstance(a, Accepted) for a in node.submit(world.take()).result(PATIENCE_S))
    after = judge(restored)
    assert after.roots[: len(before.roots)] == before.roots, "the same log goes on"
    assert all(after.extends(note, restored) for note in before.notes.values())


def test_a_backup_behind_what_was_signed_is_refused(ledger, tmp_path):
    directory, world, _ = ledger
    source = backup(directory, tmp_path / "backup").directory.path
    enough = restore(source, tmp_path / "same", keys=directory.path, checkpoint=directory.checkpoint)
    assert enough.checkpoint == 9
    world.pass_on(0, "bob")
    feed(directory, world.take())
    with pytest.raises(BackupBehind, match="ends at 9 entries, but the log signed 11"):
        restore(source, tmp_path / "behind", keys=directory.path, checkpoint=directory.checkpoint)
    assert not (tmp_path / "behind").exists()


def test_a_backup_of_another_history_is_refused(ledger, tmp_path):
    """The same log key signed both, after somebody went on from an old copy."""
    directory, world, _ = ledger
    fork = restore(
        backup(directory, tmp_path / "old").directory.path, tmp_path / "fork", keys=directory.path
    ).directory
    other, _ = founding(max_hops=1000)
    world.pass_on(0, "bob")
    feed(directory, world.take())
    other.pass_on(0, "eve")
    feed(fork, other.take())
    source = backup(fork, tmp_path / "backup").directory.path
    with pytest.raises(StoreError, match="another history: at 11 entries"):
        restore(source, tmp_path / "restored", keys=directory.path, checkpoint=directory.checkpoint)


@pytest.mark.parametrize("text", ["", "not a note\n", None])
def test_a_checkpoint_that_cannot_be_read_is_no_reason_to_go_on(ledger, tmp_path, text):
    directory, _, _ = ledger
    source = backup(directory, tmp_path / "backup").directory.path
    note = tmp_path / "note"
    if text is not None:
        note.write_text(text)
    with pytest.raises(StoreError, match="not a checkpoint of this log"):
        restore(source, tmp_path / "restored", keys=directory.path, checkpoint=note)
    stranger = new_directory(tmp_path / "stranger")
    _, commands = founding()
    feed(stranger, commands)
    with pytest.raises(StoreError, match="not a checkpoint of this log"):
        restore(source, tmp_path / "restored", keys=directory.path, checkpoint=stranger.checkpoint)


def test_one_changed_byte_anywhere_in_a_backup_is_found(ledger, tmp_path):
    directory, _, _ = ledger
    source = backup(directory, tmp_path / "backup").directory
    whole = source.database.read_bytes()
    # Every page once, at another place each time, and the places of the head that say how to read the rest.
    places = [*range(0, 100, 7), *(page + page // 3 % 2048 for page in range(0, len(whole), 2048))]
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1
        source.database.write_bytes(changed)
        with pytest.raises(StoreError, match=r"damaged|cannot be"):
            restore(source.path, tmp_path / "restored", keys=directory.path)
        assert not (tmp_path / "restored").exists()
    source.database.write_bytes(whole)
    restore(source.path, tmp_path / "restored", keys=directory.path)


def test_a_backup_whose_tables_do_not_fit_each_other_is_refused(ledger, tmp_path):
    """Whole pages that say something wrong: only replaying what a start checks finds that."""
    directory, _, _ = ledger
    source = backup(directory, tmp_path / "backup").directory
    written = Store(source.database)
    written._db.execute("DELETE FROM cards WHERE serial = 1")
    written.close()
    with pytest.raises(StoreError, match="card 1 is missing"):
        restore(source.path, tmp_path / "restored", keys=directory.path)
    assert not (tmp_path / "restored").exists()


def test_a_truncated_backup_is_refused(ledger, tmp_path):
    directory, _, _ = ledger
    source = backup(directory, tmp_path / "backup").directory
    whole = source.database.read_bytes()
    for length in (0, 1, 50, 2047, 2048, len(whole) // 2, len(whole) - 2048, len(whole) - 1):
        source.database.write_bytes(whole[:length])
        with pytest.raises(StoreError):
            restore(source.path, tmp_path / "restored", keys=directory.path)
        assert not (tmp_path / "restored").exists()
    source.database.unlink()
    with pytest.raises(StoreError, match="there is no ledger"):
        restore(source.path, tmp_path / "restored", keys=directory.path)


def test_a_restore_needs_the_right_keys(ledger, tmp_path):
    directory, _, _ = ledger
    source = backup(directory, tmp_path / "backup").directory.path
    with pytest.raises(StoreError, match=r"no log\.key"):
        restore(source, tmp_path / "restored")
    stranger = new_directory(tmp_path / "stranger")
    with pytest.raises(StoreError, match="not the key of the log"):
        restore(source, tmp_path / "restored", keys=stranger.path)
    directory.log_key_file.chmod(0o644)
    with pytest.raises(KeyFileError, match="can be read by others"):
        restore(source, tmp_path / "restored", keys=directory.path)
    assert not (tmp_path / "restored").exists()
    assert not list(tmp_path.glob("*.partial"))


def test_what_an_interruption_leaves_does_not_look_whole(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "COPY_PAGES", 2)
    directory, _, _ = ledger
    aside = []

    def killed(done, pages):
        (draft,) = tmp_path.glob("backup-*.partial")
        if done > 2:
            aside.append(shutil.copytree(draft, tmp_path / f"killed at {done}"))
        if done > 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(directory, tmp_path / "backup", on_progress=killed)
    assert not (tmp_path / "backup").exists()
    assert not list(tmp_path.glob("*.partial"))
    assert aside
    for left in aside:
        with pytest.raises(StoreError):
            restore(left, tmp_path / "restored", keys=directory.path)
        with pytest.raises(StoreError):
            Node(Directory(left), quiet()).close()
    assert not (tmp_path / "restored").exists()


def test_an_older_copy_put_in_place_of_the_ledger_is_refused_at_the_start(ledger, tmp_path):
    """Not `restore` but a plain copy of files: the checkpoint beside it tells, and the log is not forked."""
    directory, world, _ = ledger
    old = directory.database.read_bytes()
    world.pass_on(0, "bob")
    feed(directory, world.take())
    directory.database.write_bytes(old)
    with pytest.raises(
        StoreError, match=r"signed over 11 entries, and the ledger beside it was signed over 9"
    ):
        Node(directory, quiet()).close()
