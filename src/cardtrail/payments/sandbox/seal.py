"""The seal on everything that the shop and the sandbox say to each other: Ed25519, a time, an id.

What is signed names its purpose, so that a request cannot pass as a notification, and an answer belongs to one
request."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Literal, TypeAlias

from cardtrail.signing.keys import SIGNATURE_BYTES, SecretKey, verify

Purpose: TypeAlias = Literal["request", "answer", "notification"]

WINDOW_MS = 5 * 60_000
"""How far the two clocks may be apart, either way: after that a message cannot be played again."""

ID, TIME, SIGNATURE = "sandbox-id", "sandbox-time", "sandbox-signature"
_ID = re.compile(r"[A-Za-z0-9_]{8,64}")
_TIME = re.compile(r"[1-9][0-9]{12}")
_HEX = re.compile(rf"[0-9a-f]{{{2 * SIGNATURE_BYTES}}}")


class BadSeal(Exception):  # noqa: N818 - it names what happened
    """Not sealed by who it should be. `code` is `malformed`, `stale` or `bad_signature`."""

    def __init__(self, code: Literal["malformed", "stale", "bad_signature"]) -> None:
        super().__init__(code)
        self.code = code


def new_id() -> str:
    """An id that no other message has."""
    return secrets.token_hex(16)


def seal(
    key: SecretKey, purpose: Purpose, subject: str, body: bytes, now_ms: int, message_id: str | None = None
) -> dict[str, str]:
    """The three headers of a message.

    subject   what it is about: `POST /v1/payments` of a request, `200` of an answer, empty for a notification
    """
    message_id = message_id or new_id()
    signature = key.sign(_signed(purpose, subject, body, message_id, str(now_ms)))
    return {ID: message_id, TIME: str(now_ms), SIGNATURE: signature.hex()}


def unseal(
    public: bytes, purpose: Purpose, subject: str, body: bytes, headers: Mapping[str, str], now_ms: int
) -> str:
    """The id of a message that is genuine and recent. Raises `BadSeal`.

    headers   with names in lower case
    """
    message_id, time, signature = (headers.get(name, "") for name in (ID, TIME, SIGNATURE))
    if not (_ID.fullmatch(message_id) and _TIME.fullmatch(time) and _HEX.fullmatch(signature)):
        raise BadSeal("malformed")
    if not verify(public, _signed(purpose, subject, body, message_id, time), bytes.fromhex(signature)):
        raise BadSeal("bad_signature")
    if abs(now_ms - int(time)) > WINDOW_MS:
        raise BadSeal("stale")
    return message_id


def _signed(purpose: Purpose, subject: str, body: bytes, message_id: str, time: str) -> bytes:
    parts = ("cardtrail sandbox v1", purpose, subject, message_id, time, sha256(body).hexdigest())
    return "\n".join(parts).encode()
