"""Signing secrets: made, shown once, kept sealed under the key-encryption key."""

from __future__ import annotations

import base64
import secrets
import uuid

from cardtrail.web.actions.custody import RESEALED, Sealed, keyring
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.webhooks.models import Endpoint

SECRET_BYTES = 32
"""Within the 24 to 64 bytes of Standard Webhooks."""

OVERLAP_MS = DAY_MS
"""How long the secret before still signs after a rotation."""


def new_secret() -> str:
    """A signing secret in the notation of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(endpoint_id: uuid.UUID, secret: str) -> bytes:
    """A secret for the database: of no use there without the key-encryption key, nor in another endpoint's row."""
    return keyring().seal(secret.encode(), _about(endpoint_id))


def signing_secrets(endpoint: Endpoint, now_ms: int) -> list[str]:
    """The secrets that sign now, the newest first: two during a rotation. Raises `CustodyError`."""
    ring = keyring()
    sealed = [endpoint.secret]
    if endpoint.previous_secret is not None and now_ms < (endpoint.previous_until_ms or 0):
        sealed.append(endpoint.previous_secret)
    return [ring.open(bytes(one), _about(endpoint.id)).decode() for one in sealed]


def rotate(endpoint_id: uuid.UUID, *, number: int, now_ms: int) -> str | None:
    """Give an endpoint a new secret, and the one it had a time of overlap. The new one is returned, never again.

    number   `secret_number` as the person saw it: none is returned if somebody rotated since
    """
    endpoint = Endpoint.objects.get(pk=endpoint_id)
    if endpoint.secret_number != number:
        return None
    secret = new_secret()
    changed = Endpoint.objects.filter(pk=endpoint_id, secret_number=number).update(
        secret=seal(endpoint_id, secret),
        secret_number=number + 1,
        previous_secret=bytes(endpoint.secret),
        previous_until_ms=now_ms + OVERLAP_MS,
    )
    return secret if changed else None


def wipe_previous(now_ms: int) -> int:
    """Delete the secrets whose overlap is over. How many there were."""
    return Endpoint.objects.filter(previous_until_ms__lte=now_ms).update(
        previous_secret=None, previous_until_ms=None
    )


def register_for_rotation() -> None:
    """Have the secrets sealed anew whenever the key-encryption key is rotated."""
    for field in ("secret", "previous_secret"):
        RESEALED.append(Sealed(Endpoint, field, lambda row: _about(row.pk)))


def _about(endpoint_id: uuid.UUID) -> bytes:
    return b"webhook/" + endpoint_id.bytes
