"""Personal secrets in the database are sealed: from a copy of it alone nobody reads a number or signs in."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction

from cardtrail.wallet.custody import KeyRing
from cardtrail.web.accounts.models import Identity

_SECOND_FACTOR = b"second-factor"
_KNOWN = b"identity-number"
_SECRETS = ("secret", "seed")  # What allauth encrypts of an authenticator's data.


def ring() -> KeyRing:
    """The keys, from the operator's file or environment. Raises `CustodyError`."""
    from cardtrail.web.actions.custody import keyring

    return keyring()


def seal_identity(identity_id: UUID, part: str, text: str) -> bytes:
    """One part of an identity, to be opened for this identity and this part only."""
    return ring().seal(text.encode(), _about(identity_id, part))


def open_identity(identity_id: UUID, part: str, sealed: bytes | memoryview) -> str:
    """What was sealed. Raises `CustodyError`."""
    return ring().open(bytes(sealed), _about(identity_id, part)).decode()


def known(kind: str, number: str) -> bytes:
    """The name under which a document is found again: nobody without the keys can try numbers out."""
    return ring().keyed_hash(_KNOWN, f"{kind}/{number}".encode())


def seal_second_factor(text: str) -> str:
    """The secret of an authenticator app or of recovery codes, as text."""
    return base64.b64encode(ring().seal(text.encode(), _SECOND_FACTOR)).decode()


def open_second_factor(sealed: str) -> str:
    """What was sealed. Raises `CustodyError`."""
    return ring().open(base64.b64decode(sealed), _SECOND_FACTOR).decode()


class SealedSecondFactors:
    """The secrets of authenticator apps and recovery codes, for the rotation of the key-encryption key: like
    `custody.Sealed`, but they stand inside a JSON column.
    """

    def count(self) -> int:
        """How many rows there are."""
        return int(self._rows().count())

    def reseal(
        self, keys: KeyRing, done: int, total: int, progress: Callable[[int, int], None] | None
    ) -> int:
        """Seal anew what is not under the present key. Gives `done` and as many more."""
        for pk in list(self._rows().values_list("pk", flat=True)):
            with transaction.atomic():
                _reseal(keys, Authenticator.objects.select_for_update().get(pk=pk))
            done += 1
            if progress is not None:
                progress(done, total)
        return done

    def _rows(self) -> Any:
        return Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")


def columns() -> list[Any]:
    """Everything that this app has sealed, as the rotation of the key-encryption key asks for it."""
    from cardtrail.web.actions.custody import Sealed

    return [
        Sealed(Identity, "name", lambda row: _about(cast(Identity, row).pk, "name")),
        Sealed(Identity, "number", lambda row: _about(cast(Identity, row).pk, "number")),
        SealedSecondFactors(),
    ]


def register() -> None:
    """Let a rotation of the key-encryption key find what this app has sealed."""
    from cardtrail.web.actions.custody import RESEALED

    RESEALED.extend(columns())


def _reseal(keys: KeyRing, row: Authenticator) -> None:
    old = {part: base64.b64decode(row.data[part]) for part in _SECRETS if part in row.data}
    if all(keys.is_current(sealed) for sealed in old.values()):
        return
    for part, sealed in old.items():
        row.data[part] = base64.b64encode(keys.reseal(sealed, _SECOND_FACTOR)).decode()
    row.save(update_fields=["data"])


def _about(identity_id: UUID, part: str) -> bytes:
    return b"identity/" + identity_id.bytes + b"/" + part.encode()
