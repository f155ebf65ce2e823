"""Signed notes and verifier keys (c2sp.org/signed-note), with Ed25519 signatures (algorithm 0x01).

A note is text that ends in a newline, a blank line, and signature lines `— name base64(key id ‖ signature)`.
A verifier key is `name+key id in hex+base64(0x01 ‖ public key)`."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from cardtrail.signing.keys import KEY_BYTES, SecretKey, verify

ED25519 = b"\x01"
KEY_ID_BYTES = 4
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURE_LINES = 100
_DASH = "— "
_NAME = re.compile(r"[!-*,-~]+")


class NoteError(ValueError):
    """A note or verifier key that is malformed, or not signed by the key asked for."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who says to have signed, under which key id, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a note signer: its name and Ed25519 key."""

    name: str
    key: bytes

    def __post_init__(self) -> None:
        if not is_valid_name(self.name) or len(self.key) != KEY_BYTES:
            raise NoteError(
                "a verifier key needs an ASCII name without spaces or plus signs, and a 32-byte key"
            )

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key)."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:KEY_ID_BYTES]

    def encode(self) -> str:
        """`name+hash+key`, the text that other people's tools take."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key behind `name+hash+key`. Raises `NoteError` if any part does not fit the others."""
        name, plus, rest = text.strip(" \t\r\n").partition("+")
        key_id, plus2, encoded = rest.partition("+")
        data = _unbase64(encoded) if plus and plus2 else b""
        if data[:1] != ED25519 or len(data) != 1 + KEY_BYTES:
            raise NoteError("not an Ed25519 verifier key of the form name+hash+key")
        key = cls(name, data[1:])
        if key.key_id.hex() != key_id:
            raise NoteError(
                "the verifier key's hash does not fit its name and key: a character of it was changed"
            )
        return key


def is_valid_name(name: str) -> bool:
    """Whether a text can name a note signer or a log: ASCII from `!` to `~`, without the plus sign.

    The format allows any Unicode without white space. What that is differs between versions of Unicode, and two
    names can look alike; so ours is the narrower rule, and a note with a signer of another name is refused."""
    return _NAME.fullmatch(name) is not None


def sign_note(text: str, name: str, key: SecretKey) -> str:
    """The signed note: the text (which must end in a newline) and one signature line."""
    if not text.endswith("\n"):
        raise NoteError("a note's text ends in a newline")
    line = VerifierKey(name, key.public).key_id + key.sign(text.encode())
    return f"{text}\n{_DASH}{name} {base64.b64encode(line).decode()}\n"


def split_note(note: str) -> tuple[str, list[NoteSignature]]:
    """The text and its signature lines, without checking any. Raises `NoteError` on a malformed note."""
    if len(note) > MAX_NOTE_BYTES or any(ord(c) < 0x20 and c != "\n" for c in note):
        raise NoteError("not a note: too long, or it holds control characters")
    head, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or lines[-1] or not 1 < len(lines) <= MAX_SIGNATURE_LINES + 1:
        raise NoteError("not a signed note: a blank line and signature lines must end it")
    return head + "\n", [_parse_signature(line) for line in lines[:-1]]


def open_note(note: str, key: VerifierKey) -> str:
    """The note's text, once the given key's signature over it is found valid. Raises `NoteError` otherwise."""
    text, signatures = split_note(note)
    own = [s for s in signatures if s.name == key.name and s.key_id == key.key_id]
    if not own:
        raise NoteError(f"the note is not signed by {key.name}")
    if len(own) > 1 or not verify(key.key, text.encode(), own[0].signature):
        raise NoteError(f"the note's signature by {key.name} is not valid")
    return text


def _parse_signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    data = _unbase64(encoded) if line.startswith(_DASH) and space else b""
    if not is_valid_name(name) or len(data) <= KEY_ID_BYTES:
        raise NoteError("a signature line is malformed")
    return NoteSignature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    # One spelling only: stray bits in the last character would let one byte of a note change unnoticed.
    return data if base64.b64encode(data).decode() == text else b""
