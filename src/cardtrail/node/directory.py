"""A ledger's directory: which file is what, and the lock that lets one process write.

ledger.db        entries, cards, indexes, tiles, checkpoints
log.key          the log's signing key (0600)      log.vkey   its public half, `name+hash+key`
keys/<role>.key  authorities' keys of a ledger that one organisation runs by itself (0600)
checkpoint       the latest signed checkpoint, for whoever looks only at files
lock             held while a node runs; holds its address
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from cardtrail.node.store import Store, StoreError
from cardtrail.node.whole import whole
from cardtrail.signing.keyfile import read_key, write_key
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import NoteError, VerifierKey, is_valid_name
from cardtrail.wire.roles import Role


class DirectoryBusy(RuntimeError):  # noqa: N818 - it names the state
    """Another process writes to this ledger. `url` is its address, or empty where it has none."""

    def __init__(self, path: Path, url: str) -> None:
        where = f"; it answers at {url}" if url else ""
        super().__init__(f"another process is using the ledger in {path}{where}")
        self.url = url


@dataclass(frozen=True, slots=True)
class Directory:
    """The paths of one ledger."""

    path: Path

    @property
    def database(self) -> Path:
        """The ledger's file."""
        return self.path / "ledger.db"

    @property
    def checkpoint(self) -> Path:
        """The latest checkpoint, as a file."""
        return self.path / "checkpoint"

    @property
    def vkey_file(self) -> Path:
        """The log's verifier key, as a file."""
        return self.path / "log.vkey"

    @property
    def log_key_file(self) -> Path:
        """The log's signing key, as a file."""
        return self.path / "log.key"

    def role_key(self, role: Role) -> Path:
        """Where a role's key lies, if this ledger's operator keeps it."""
        return self.path / "keys" / f"{role.name.lower()}.key"

    @classmethod
    def create(cls, path: Path, origin: str) -> Directory:
        """Make a new, empty ledger with fresh keys, whole or not at all.

        Raises `StoreError` if anything is at the path already, or the disk refuses.
        """
        if not is_valid_name(origin):
            raise StoreError(f"{origin!r} cannot name a log: it must be ASCII without spaces and +")
        if cls(path).database.exists():
            raise StoreError(f"there is a ledger at {path} already")
        with whole(path) as draft:
            made = cls(draft)
            (draft / "keys").mkdir(mode=0o700)
            log_key = SecretKey.generate()
            write_key(made.log_key_file, log_key)
            write_durably(made.vkey_file, VerifierKey(origin, log_key.public).encode() + "\n")
            for role in Role:
                write_key(made.role_key(role), SecretKey.generate())
            Store.create(made.database).close()
        return cls(path)

    def vkey(self) -> VerifierKey:
        """The log's name and public key. Raises `StoreError` if the file is missing or damaged."""
        try:
            return VerifierKey.parse(self.vkey_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, NoteError) as error:
            raise StoreError(f"{self.vkey_file} does not hold the log's verifier key: {error}") from error

    def log_key(self) -> SecretKey:
        """The log's signing key. Raises `KeyFileError`, or `StoreError` if it is not the one that `log.vkey`
        announces.
        """
        key = read_key(self.log_key_file)
        if key.public != self.vkey().key:
            raise StoreError(f"{self.log_key_file} is not the key that {self.vkey_file} announces")
        return key

    def lock(self) -> DirectoryLock:
        """Become the one process that writes. Raises `DirectoryBusy`."""
        return DirectoryLock(self.path)


class DirectoryLock:
    """An advisory lock that the kernel takes back when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._file = path / "lock"
        try:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"the ledger's directory {path} cannot be written: {error}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            url = os.read(self._descriptor, 200).decode(errors="replace")
            os.close(self._descriptor)
            raise DirectoryBusy(path, url) from None
        self.announce("")

    def announce(self, url: str) -> None:
        """Say where this process can be asked, so that a command line given the directory finds it."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, url.encode(), 0)

    def release(self) -> None:
        """Let others write."""
        self.announce("")
        os.close(self._descriptor)


def write_durably(path: Path, text: str) -> None:
    """Replace a small file so that after a crash it holds either the old or the new text, never a part."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
