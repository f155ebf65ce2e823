"""Gifts to an e-mail address. The address is kept sealed and as a keyed hash: a copy of the database tells nobody's."""

from __future__ import annotations

from uuid import UUID

from allauth.account.models import EmailAddress

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import RESEALED, Sealed, keyring
from cardtrail.web.cards.models import Gift, Share

_KNOWN = b"gift-address"


def known(email: str) -> bytes:
    """The name under which gifts for an address are found."""
    return keyring().keyed_hash(_KNOWN, email.strip().lower().encode())


def known_of(person: Person) -> list[bytes]:
    """The names of a person's addresses. Only those they have shown to be theirs count."""
    rows = EmailAddress.objects.filter(user_id=person.pk, verified=True).values_list("email", flat=True)
    return [known(email) for email in rows]


def owner_of(email: str) -> Person | None:
    """Who has shown that an address is theirs."""
    row = (
        EmailAddress.objects.filter(email__iexact=email.strip(), verified=True).select_related("user").first()
    )
    return row.user if row is not None else None


def seal_address(gift_id: UUID, email: str) -> bytes:
    """The address, for its giver to see and for the mail to go out."""
    return keyring().seal(email.strip().encode(), _about_gift(gift_id))


def address_of(gift: Gift) -> str:
    """The address a gift is for; empty where it is for whoever has the link."""
    return (
        "" if gift.to_sealed is None else keyring().open(bytes(gift.to_sealed), _about_gift(gift.id)).decode()
    )


def seal_share(share_id: UUID, secret: bytes) -> bytes:
    """The secret of a share's link, for its maker to hand on."""
    return keyring().seal(secret, _about_share(share_id))


def share_secret(share: Share) -> bytes:
    """The secret of a share's link."""
    return keyring().open(bytes(share.sealed), _about_share(share.id))


def register() -> None:
    """Let a rotation of the key-encryption key find what this app has sealed."""
    RESEALED.append(Sealed(Gift, "to_sealed", lambda row: _about_gift(row.id)))
    RESEALED.append(Sealed(Share, "sealed", lambda row: _about_share(row.id)))


def _about_gift(gift_id: UUID) -> bytes:
    return b"gift/" + gift_id.bytes


def _about_share(share_id: UUID) -> bytes:
    return b"share/" + share_id.bytes
