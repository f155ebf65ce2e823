"""Key-encryption keys: what keeps holders' roots unreadable in a database, and a copied database from moving a card.

A ring holds one or several keys: the first seals, all of them open, so that a key can be replaced while the service
runs. It also holds the pepper, under which short old codes are hashed. The pepper stays through every rotation: from
a hash alone nobody could hash the code anew.

Formats: docs/reference/formats.md; `vectors/wallet/custody.json` fixes them.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import re
import secrets
from pathlib import Path

from cardtrail.signing.hkdf import hkdf_sha256
from cardtrail.signing.sealing import NONCE_BYTES, SEALING_KEY_BYTES, SealBroken, decrypt, encrypt, new_nonce

KEY_ID_BYTES = 4
KEYED_HASH_BYTES = 32
MAX_KEYS = 100

_VERSION = b"\x01"
_HEAD_BYTES = len(_VERSION) + KEY_ID_BYTES
_MAX_FILE_BYTES = 16_384
_ID = b"cardtrail/v1/custody-id\x00"
_HASH = b"cardtrail/v1/custody-hash\x00"
_PEPPER = "pepper"
_TITLE = "# Cardtrail custody keys: the first one seals. Without this file no holder's card can be moved."
_KEY_LINE = re.compile(r"(?:(pepper)[ \t]+)?([0-9a-f]{8})[ \t]+([A-Za-z0-9_-]{43})")


class CustodyError(ValueError):
    """Keys or sealed bytes that cannot be used. The text is for operators and holds no secret."""


class KeyRing:
    """Key-encryption keys and the pepper. Its repr hides them; `text` gives them away."""

    __slots__ = ("_hashing", "_keys", "_pepper")

    def __init__(self, keys: tuple[bytes, ...], pepper: bytes) -> None:
        """keys    32 bytes each; the first one seals
        pepper  32 bytes, the same through the service's whole life
        """
        if not 0 < len(keys) <= MAX_KEYS or {len(key) for key in (*keys, pepper)} != {SEALING_KEY_BYTES}:
            raise CustodyError(
                f"a key ring has 1 to {MAX_KEYS} keys and a pepper, of {SEALING_KEY_BYTES} bytes each"
            )
        self._keys = {_id_of(key): key for key in keys}
        self._pepper = pepper
        self._hashing: dict[bytes, bytes] = {}
        if len(self._keys) != len(keys) or pepper in keys:
            raise CustodyError("two keys of the ring are the same")

    @classmethod
    def generate(cls) -> KeyRing:
        """One new key and a new pepper from the operating system's randomness."""
        return cls((secrets.token_bytes(SEALING_KEY_BYTES),), secrets.token_bytes(SEALING_KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """The ring in a key file's text. Raises `CustodyError` naming the line, never its content.

        `;` ends a line too, for an environment variable that cannot hold several.
        """
        keys: list[bytes] = []
        peppers: list[bytes] = []
        for number, line in enumerate(text.split("\n"), 1):
            for part in line.partition("#")[0].split(";"):
                if entry := part.strip(" \t\r"):
                    is_pepper, key = _parse_entry(entry, number)
                    (peppers if is_pepper else keys).append(key)
        if not keys or len(peppers) != 1:
            raise CustodyError("a custody key file has one line for each key, and one pepper line")
        return cls(tuple(keys), peppers[0])

    @property
    def text(self) -> str:
        """The whole ring with its secrets, for the key file and nothing else."""
        lines = [_TITLE, *(_entry(key) for key in self._keys.values()), f"{_PEPPER} {_entry(self._pepper)}"]
        return "\n".join(lines) + "\n"

    @property
    def current_id(self) -> str:
        """The name of the key that seals: 8 hexadecimal digits, no secret."""
        return next(iter(self._keys)).hex()

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of all keys, the current one first."""
        return tuple(key_id.hex() for key_id in self._keys)

    def rotated(self) -> KeyRing:
        """A ring with a new key in front. What was sealed before can still be opened."""
        return KeyRing((secrets.token_bytes(SEALING_KEY_BYTES), *self._keys.values()), self._pepper)

    def without_old(self) -> KeyRing:
        """A ring with the current key only, for when everything has been resealed."""
        return KeyRing((next(iter(self._keys.values())),), self._pepper)

    def seal(self, data: bytes, about: bytes) -> bytes:
        """The data, encrypted under the current key.

        about   what the data are and whose, such as `b"root/" + person id`: authenticated but not kept, so that sealed
                bytes put in another row do not open there
        """
        key_id, key = next(iter(self._keys.items()))
        nonce = new_nonce()
        head = _VERSION + key_id
        return head + nonce + encrypt(key, nonce, data, head + about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """What was sealed. Raises `CustodyError` for an unknown key, a changed byte, or another `about`."""
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + NONCE_BYTES]
        if not head.startswith(_VERSION) or len(nonce) != NONCE_BYTES:
            raise CustodyError("these are not sealed bytes, or another version sealed them")
        key_id = head[len(_VERSION) :]
        key = self._keys.get(key_id)
        if key is None:
            raise CustodyError(f"sealed under key {key_id.hex()}, which is not among the custody keys")
        try:
            return decrypt(key, nonce, sealed[_HEAD_BYTES + NONCE_BYTES :], head + about)
        except SealBroken:
            raise CustodyError("the sealed bytes were changed, or belong to something else") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key sealed these bytes. Whether they open is another question."""
        return sealed.startswith(_VERSION + next(iter(self._keys)))

    def reseal(self, sealed: bytes, about: bytes) -> bytes:
        """The same data under the current key. Raises `CustodyError` as `open` does."""
        return self.seal(self.open(sealed, about), about)

    def keyed_hash(self, purpose: bytes, data: bytes) -> bytes:
        """32 bytes that are the same for the same data, and that nobody without the pepper can try out.

        HMAC-SHA256 under a key of its own for every purpose. Survives rotation.
        """
        key = self._hashing.get(purpose)
        if key is None:
            # Purposes are few, and each is wanted again and again.
            key = hkdf_sha256(self._pepper, info=_HASH + purpose, length=KEYED_HASH_BYTES)
            self._hashing[purpose] = key
        return hmac.digest(key, data, "sha256")

    def is_same_ring(self, other: KeyRing) -> bool:
        """Whether both came from one `generate`, by rotation: their pepper is the same."""
        return hmac.compare_digest(self._pepper, other._pepper)

    def __repr__(self) -> str:
        return "KeyRing(hidden)"


def read_keyring(path: Path) -> KeyRing:
    """The ring in a file. Raises `CustodyError` saying what to do; no secret is part of the message."""
    try:
        mode, content = _read(path)
        text = content.decode()
    except FileNotFoundError:
        raise CustodyError(f"there is no custody key file at {path}") from None
    except (OSError, UnicodeDecodeError):
        raise CustodyError(f"the custody key file {path} cannot be read") from None
    if mode & 0o077:
        raise CustodyError(f"the custody key file {path} can be read by others; run: chmod 600 {path}")
    if len(content) > _MAX_FILE_BYTES:
        raise CustodyError(f"the custody key file {path} is too long")
    try:
        return KeyRing.parse(text)
    except CustodyError as error:
        raise CustodyError(f"the custody key file {path} is damaged: {error}") from None


def write_keyring(path: Path, ring: KeyRing) -> None:
    """Create a key file, mode 0600, or replace one durably and as a whole.

    Raises `CustodyError` rather than replace a file that cannot be used, or another ring's: what that one sealed
    would be lost.
    """
    if os.path.lexists(path) and not read_keyring(path).is_same_ring(ring):
        raise CustodyError(f"{path} holds other custody keys; move that file away first")
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()  # Left by a crash in the middle of writing; the file itself is whole.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(ring.text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: Path) -> tuple[int, bytes]:
    """The mode and content of one and the same file, opened once and not through a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.fstat(descriptor).st_mode, os.read(descriptor, _MAX_FILE_BYTES + 1)
    finally:
        os.close(descriptor)


def _id_of(key: bytes) -> bytes:
    return hkdf_sha256(key, info=_ID, length=KEY_ID_BYTES)


def _entry(key: bytes) -> str:
    return f"{_id_of(key).hex()} {base64.urlsafe_b64encode(key).rstrip(b'=').decode()}"


def _parse_entry(entry: str, number: int) -> tuple[bool, bytes]:
    match = _KEY_LINE.fullmatch(entry)
    if match is None:
        raise CustodyError(f"line {number} is neither a key nor the pepper")
    pepper, key_id, encoded = match.groups()
    key = base64.urlsafe_b64decode(encoded + "=")
    # The id is made from the key, so that a mistyped key is noticed before anything is sealed under it.
    if _entry(key) != f"{key_id} {encoded}":
        raise CustodyError(f"line {number}: the key does not fit its id; a character of it was changed")
    return pepper is not None, key
