"""A wallet's file: the root, and what the wallet knows of its cards. Readable by its owner only, replaced as a whole.

The file is the line `cardtrail wallet 1`, the SHA-256 of the rest in hexadecimal on a line, and the canonical
msgpack of `Book`. A changed or missing byte is noticed when it is opened. One program at a time has it open.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from cardtrail.wallet.derive import ROOT_BYTES
from cardtrail.wire.codec import Codec, Malformed, NotCanonical, encode
from cardtrail.wire.record import Record
from cardtrail.wire.scalars import Count, Hash, Network, Serial

_MAGIC = b"cardtrail wallet 1\n"
_DIGEST_CHARS = 64


class WalletFileError(ValueError):
    """A wallet file that cannot be used: missing, damaged, readable by others, or open elsewhere. No secret is
    told.
    """


class Owned(Record):
    """A card of ours, or one we expect to get.

    origin, hop   which derived owner key is its: a split's parts keep their parent's, a merged card its first
                  parent's
    envelope      the identity envelope given when it became ours, with its salt; none where none was given. Its repr
                  hides it: it names a person
    """

    serial: Serial
    origin: Serial
    hop: Count
    envelope: bytes | None

    def __repr__(self) -> str:
        return f"Owned({self.serial}, {self.origin}, {self.hop})"


class Pending(Record):
    """A command that was signed and of which nothing has been heard yet.

    takes   the card's hop once it is ours, if the command makes it ours
    """

    id: Hash
    raw: bytes
    takes: Count | None
    envelope: bytes | None

    def __repr__(self) -> str:
        return f"Pending({self.id.hex()})"


class Book(Record):
    """Everything a wallet keeps. Cards and expected ones by serial, pending commands by age. Its repr hides
    the root.
    """

    root: Annotated[bytes, Meta(min_length=ROOT_BYTES, max_length=ROOT_BYTES)]
    network: Network
    cards: tuple[Owned, ...]
    expected: tuple[Owned, ...]
    pending: tuple[Pending, ...]

    def __repr__(self) -> str:
        return f"Book({len(self.cards)} cards, {len(self.pending)} pending)"


_CODEC: Codec[Book] = Codec(Book)


class WalletFile:
    """An open wallet file. `book` is what it holds; `save` replaces it durably."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _lock(path)
        try:
            self.book = _read(path)
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, path: Path, book: Book) -> WalletFile:
        """A new file. Raises `WalletFileError` rather than replace one: it may be the only place of a root."""
        lock = _lock(path)
        try:
            if path.exists():
                raise WalletFileError(f"there is a wallet at {path} already")
            _write(path, book)
        finally:
            os.close(lock)
        return cls(path)

    def save(self, book: Book) -> None:
        """Replace what the file holds. When this returns, the new book survives loss of power; if it raises,
        the old one is there.
        """
        _write(self.path, book)
        self.book = book

    def close(self) -> None:
        """Let others open the file."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _lock(path: Path) -> int:
    try:
        # Beside the wallet and not on it: the wallet's own file is replaced with every change.
        descriptor = os.open(
            path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise WalletFileError(f"the wallet {path} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise WalletFileError(
            f"the wallet {path} is open in another program; try again when it is done"
        ) from None
    return descriptor


def _read(path: Path) -> Book:
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except FileNotFoundError:
        raise WalletFileError(f"there is no wallet at {path}") from None
    except OSError as error:
        raise WalletFileError(f"the wallet {path} cannot be read: {error.strerror}") from None
    if mode & 0o077:
        raise WalletFileError(f"the wallet {path} can be read by others; run: chmod 600 {path}")
    head = data[: len(_MAGIC)]
    if head != _MAGIC and head.startswith(_MAGIC[:-2]):
        raise WalletFileError(f"the wallet {path} was written by another version of this program")
    payload = data[len(_MAGIC) + _DIGEST_CHARS + 1 :]
    if data != _framed(payload):
        raise WalletFileError(f"the wallet {path} is damaged; restore it from a copy")
    try:
        return _CODEC.decode(payload)
    except (Malformed, NotCanonical):
        raise WalletFileError(f"the wallet {path} does not hold a wallet's records") from None


def _write(path: Path, book: Book) -> None:
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()  # Left by a crash in the middle of writing; the wallet itself is whole.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_framed(encode(book)))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _framed(payload: bytes) -> bytes:
    return _MAGIC + sha256(payload).hexdigest().encode() + b"\n" + payload
