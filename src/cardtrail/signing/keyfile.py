"""Secret keys at rest: one file each, readable by its owner only.

The file holds the seed in hexadecimal and the public key, so that a changed byte is noticed before it is
used."""

from __future__ import annotations

import os
from pathlib import Path

from cardtrail.signing.keys import SecretKey

_HEADER = "cardtrail secret key"
_MAX_BYTES = 1024


class KeyFileError(ValueError):
    """A key file that cannot be used: missing, damaged, or readable by others."""


def write_key(path: Path, key: SecretKey) -> None:
    """Create a key file, mode 0600. Raises `FileExistsError` rather than overwrite one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_format(key))
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> SecretKey:
    """The key in a file. Raises `KeyFileError` saying what to do; the secret is never part of the message."""
    try:
        mode, content = _read(path)
        text = content.decode("ascii")
    except FileNotFoundError:
        raise KeyFileError(f"there is no key file at {path}") from None
    except (OSError, UnicodeDecodeError):
        raise KeyFileError(f"the key file {path} cannot be read") from None
    if mode & 0o077:
        raise KeyFileError(f"the key file {path} can be read by others; run: chmod 600 {path}")
    key = _parse(text)
    if key is None:
        raise KeyFileError(f"the key file {path} is damaged: its parts do not fit each other")
    return key


def _read(path: Path) -> tuple[int, bytes]:
    """The mode and the content of one and the same file: opened once, and not through a link, so that nobody can
    put another file there between the question who may read it and the reading."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return os.fstat(descriptor).st_mode, os.read(descriptor, _MAX_BYTES)
    finally:
        os.close(descriptor)


def _format(key: SecretKey) -> str:
    return f"{_HEADER}\nseed {key.seed.hex()}\npublic {key.public.hex()}\n"


def _parse(text: str) -> SecretKey | None:
    try:
        key = SecretKey(bytes.fromhex(text.split("\n")[1].removeprefix("seed ")))
    except (IndexError, ValueError):
        return None
    return key if text == _format(key) else None
