"""The directory: who may write, and files that are missing, damaged or open to others."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cardtrail.node import directory as directory_module
from cardtrail.node import whole as whole_module
from cardtrail.node.directory import Directory, DirectoryBusy, write_durably
from cardtrail.node.service import Node
from cardtrail.node.store import Store, StoreError
from cardtrail.signing.keyfile import KeyFileError
from cardtrail.wire.roles import Role
from tests.architecture.modules import ROOT
from tests.node.ledgers import ORIGIN, PATIENCE_S, new_directory, quiet


@pytest.fixture
def directory(tmp_path):
    return new_directory(tmp_path / "ledger")


def test_a_new_directory_has_its_files_and_keeps_its_secrets(directory):
    assert sorted(str(f.relative_to(directory.path)) for f in directory.path.rglob("*") if f.is_file()) == [
        *sorted(f"keys/{role.name.lower()}.key" for role in Role),
        "ledger.db",
        "log.key",
        "log.vkey",
    ]
    secrets = [directory.log_key_file, *(directory.role_key(role) for role in Role)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
    assert directory.vkey().name == ORIGIN
    assert directory.log_key().public == directory.vkey().key
    assert directory.log_key().seed.hex() not in directory.vkey_file.read_text()


def test_a_second_ledger_is_not_made_over_a_first(directory):
    before = {file: file.read_bytes() for file in directory.path.rglob("*") if file.is_file()}
    with pytest.raises(StoreError, match="already"):
        Directory.create(directory.path, ORIGIN)
    # Nor where only the key is left: a new key under the old one's name would be another log.
    directory.database.unlink()
    with pytest.raises(StoreError, match=r"something at .*ledger already"):
        Directory.create(directory.path, ORIGIN)
    del before[directory.database]
    assert {file: file.read_bytes() for file in directory.path.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("origin", ["", "two words", "plus+sign", "line\nbreak"])
def test_a_name_that_cannot_be_a_log_s(tmp_path, origin):
    with pytest.raises(StoreError, match="cannot name a log"):
        Directory.create(tmp_path / "ledger", origin)
    assert not (tmp_path / "ledger").exists()


def test_one_process_writes(directory):
    with Node(directory, quiet()) as node:
        with pytest.raises(DirectoryBusy, match="another process is using") as busy:
            Node(directory, quiet()).close()
        assert busy.value.url == ""
        node.announce("http://127.0.0.1:4321")
        with pytest.raises(DirectoryBusy, match=r"it answers at http://127.0.0.1:4321") as busy:
            directory.lock()
        assert busy.value.url == "http://127.0.0.1:4321"
    with Node(directory, quiet()):
        pass
    assert (directory.path / "lock").read_text() == ""


def test_the_lock_ends_with_its_process_however_that_ends(directory):
    program = (
        "import sys, pathlib\n"
        "from cardtrail.node.directory import Directory\n"
        "lock = Directory(pathlib.Path(sys.argv[1])).lock()\n"
        "lock.announce('http://127.0.0.1:1')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(directory.path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(DirectoryBusy):
            directory.lock()
        holder.send_signal(signal.SIGKILL)
        holder.wait(PATIENCE_S)
    directory.lock().release()


def test_a_start_that_fails_lets_go_of_everything(directory):
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    whole = directory.vkey_file.read_text()
    directory.vkey_file.write_text("damaged")
    with pytest.raises(StoreError):
        Node(directory, quiet(workers=1)).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    directory.vkey_file.write_text(whole)
    with Node(directory, quiet()):
        pass


@pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (lambda d: d.vkey_file.unlink(), StoreError, "log.vkey does not hold"),
        (lambda d: d.vkey_file.write_bytes(b"\xff"), StoreError, "log.vkey does not hold"),
        (
            lambda d: d.vkey_file.write_text(d.vkey_file.read_text()[:-5]),
            StoreError,
            "log.vkey does not hold",
        ),
        (
            lambda d: d.vkey_file.write_text(d.vkey_file.read_text().replace("test/", "tset/")),
            StoreError,
            "hash does not fit its name",
        ),
        (lambda d: d.log_key_file.unlink(), KeyFileError, "there is no key file at .*log.key"),
        (lambda d: d.log_key_file.chmod(0o640), KeyFileError, "can be read by others; run: chmod 600"),
        (lambda d: d.log_key_file.write_text("cardtrail secret key\n"), KeyFileError, "is damaged"),
        (
            lambda d: d.log_key_file.write_text(d.role_key(Role.ISSUER).read_text()),
            StoreError,
            "log.key is not the key that .*log.vkey announces",
        ),
        (lambda d: d.database.unlink(), StoreError, "there is no ledger at .*make one with"),
    ],
)
def test_a_missing_or_damaged_file_stops_the_start_and_is_named(directory, damage, error, says):
    damage(directory)
    with pytest.raises(error, match=says):
        Node(directory, quiet()).close()


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        Directory.create(tmp_path / "file" / "ledger", ORIGIN)


def test_a_crash_half_way_leaves_a_free_name(tmp_path, monkeypatch):
    """Killed while the keys were being made; the next try is not told that a file exists."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "create", killed)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # A process that is killed clears nothing up.
        with pytest.raises(KeyboardInterrupt):
            new_directory(tmp_path / "ledger")
    [left] = tmp_path.iterdir()
    assert left.suffix == ".partial"
    with Node(new_directory(tmp_path / "ledger"), quiet()):
        pass


def test_the_names_of_the_keys_are_durable_before_the_ledger_has_its_own(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync

    class Watched:
        def __getattr__(self, name):
            return getattr(os, name)

        def fsync(self, descriptor):
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            synced.append((path.name.partition("-")[0], (tmp_path / "ledger").exists()))
            fsync(descriptor)

    monkeypatch.setattr(whole_module, "os", Watched())
    new_directory(tmp_path / "ledger")
    assert synced == [("keys", False), ("ledger", False), (tmp_path.name.partition("-")[0], True)]


def test_an_empty_directory_becomes_a_ledger_and_another_is_left_alone(tmp_path):
    (tmp_path / "empty").mkdir()
    new_directory(tmp_path / "empty")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "notes").touch()
    with pytest.raises(StoreError, match=r"something at .*used already"):
        new_directory(tmp_path / "used")
    assert [file.name for file in (tmp_path / "used").iterdir()] == ["notes"]


def test_a_small_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    file = tmp_path / "checkpoint"
    write_durably(file, "old")
    synced = []
    fsync = os.fsync

    class Watched:
        def __getattr__(self, name):
            return getattr(os, name)

        def fsync(self, descriptor):
            synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
            assert file.read_text() == ("old" if len(synced) == 1 else "new"), (
                "synced before it gets its name"
            )
            fsync(descriptor)

    monkeypatch.setattr(directory_module, "os", Watched())
    write_durably(file, "new")
    assert synced == [str(tmp_path / "checkpoint.new"), str(tmp_path)], "the file first, then its name"
    assert [left.name for left in tmp_path.iterdir()] == ["checkpoint"]
