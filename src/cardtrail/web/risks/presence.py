"""In what circumstances somebody acts: on which device, from where, and when they last proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from cardtrail.web.accounts import devices
from cardtrail.web.accounts.address import client_address
from cardtrail.web.accounts.models import Device, Person
from cardtrail.web.accounts.second_factor import has_second_factor
from cardtrail.web.actions.models import Confirmation

STRONG = frozenset((str(Authenticator.Type.WEBAUTHN), str(Authenticator.Type.TOTP)))
"""Proofs that count. A recovery code does not: it is kept where other things are kept."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of a moment at which somebody acts.

    device_id  the row of the device, none for a program
    address    the client's, in its usual spelling; empty: none
    proved_ms  when a passkey or an authenticator app was last used in the session
    """

    device_id: UUID | None
    address: str
    proved_ms: int | None

    @classmethod
    def of(cls, request: HttpRequest) -> Presence:
        """Whoever sends this request, who is signed in."""
        device = devices.device_of(request)
        return cls(device.id, str(client_address(request)), _proved_ms(request, device.person))

    @classmethod
    def of_confirmation(cls, confirmation: Confirmation) -> Presence:
        """Whoever confirmed something, as it was then: for what follows from it later, without them."""
        device = _as_uuid(confirmation.device)
        if device is None or confirmation.person is None:
            return cls(None, confirmation.address, None)
        known = Device.objects.filter(person=confirmation.person, id=device).exists()
        return cls(device if known else None, confirmation.address, None)


def device_of(person: Person, presence: Presence) -> Device | None:
    """The person's own row of the device, none for a program or somebody else's."""
    if presence.device_id is None:
        return None
    return Device.objects.filter(id=presence.device_id, person=person).first()


def _proved_ms(request: HttpRequest, person: Person) -> int | None:
    """The last proof in this session that counts."""
    moments = [
        round(float(record["at"]) * 1000)
        for record in request.session.get("account_authentication_methods") or []
        if "at" in record and _counts(record, person)
    ]
    return max(moments, default=None)


def _counts(record: dict[str, object], person: Person) -> bool:
    if record.get("method") == "mfa":
        return record.get("type") in STRONG
    # A demonstration asks nobody for a second factor, so there the password has to do.
    return settings.CONFIG.demo and record.get("method") == "password" and not has_second_factor(person)


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
