"""Custody: people's roots, sealed; and the only place where something is signed for a person.

`keys_for` opens a root for one action, and only if the action's confirmation fits its evidence and seal. The
key-encryption key is not in the database, so a dump of the database alone moves no card.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from cardtrail.wallet.custody import CustodyError, KeyRing, read_keyring, write_keyring
from cardtrail.wallet.derive import Root
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions import models
from cardtrail.web.actions.evidence import fits
from cardtrail.web.ledger.link import network

_CONFIRMATION = b"confirmation"


class Unconfirmed(RuntimeError):  # noqa: N818 - it names what is wrong
    """An action whose confirmation does not say what was confirmed, or was never given. Nothing is signed for it."""


def keyring() -> KeyRing:
    """The key-encryption keys, from the environment or the file. Raises `CustodyError`.

    The file is read anew when it has changed: another process may have put a new key in front.
    """
    config = settings.CONFIG
    if config.kek is not None:
        return _parsed(config.kek)
    try:
        state = config.kek_file.stat()
    except FileNotFoundError:
        raise CustodyError(f"there is no file with key-encryption keys at {config.kek_file}") from None
    return _read(config.kek_file, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=1)
def _parsed(text: str) -> KeyRing:
    return KeyRing.parse(text)


@lru_cache(maxsize=1)
def _read(path: Path, _changed_ns: int, _inode: int) -> KeyRing:
    return read_keyring(path)


def seal_of(evidence: bytes) -> bytes:
    """What makes an evidence hash ours: its hash under a key that is not in the database."""
    return keyring().keyed_hash(_CONFIRMATION, evidence)


def seal_secret(action: models.Action, secret: bytes) -> bytes:
    """A secret that an action needs, sealed for it alone."""
    return keyring().seal(secret, _about("secret", action.id))


def secret_of(action: models.Action) -> bytes:
    """The secret of an action under way. Raises `LookupError` once it was wiped."""
    if action.sealed is None:
        raise LookupError("the action has no secret, or has ended")
    return keyring().open(bytes(action.sealed), _about("secret", action.id))


def seal_envelope(action: models.Action, envelope: bytes) -> bytes:
    """An identity envelope that an action gives, sealed."""
    return keyring().seal(envelope, _about("envelope", action.id))


def envelope_of(action: models.Action) -> bytes | None:
    """The envelope that an action gave."""
    if action.envelope is None:
        return None
    return keyring().open(bytes(action.envelope), _about("envelope", action.id))


def check(action: models.Action) -> None:
    """Refuse an action that nobody confirmed, or that is not what was confirmed. Raises `Unconfirmed`."""
    confirmation = action.confirmation
    _check_one(confirmation)
    order = confirmation.orders[action.place]
    stated = (order["kind"], order["serial"], order["parameters"])
    if (
        stated != (action.kind, action.serial, action.parameters)
        or confirmation.person_id != action.person_id
    ):
        raise Unconfirmed(f"action {action.id} is not the one that was confirmed")
    if confirmation.approval:
        given = confirmation.approval_given
        if given is None or given.person_id in (None, confirmation.person_id):
            raise Unconfirmed(f"confirmation {confirmation.id} lacks a second person's approval")
        _check_one(given)
        if given.orders != [
            {"approves": str(confirmation.id), "evidence": bytes(confirmation.evidence).hex()}
        ]:
            raise Unconfirmed(f"the approval of confirmation {confirmation.id} is of something else")


def root_for(action: models.Action) -> Root:
    """The root of the person who confirmed an action. Raises `Unconfirmed`."""
    check(action)
    if action.person is None:
        raise Unconfirmed(f"action {action.id} is nobody's")
    return _root(action.person)


def brand_root_for(action: models.Action) -> Root:
    """The brand's own root, which keeps imported cards until they are claimed. Raises `Unconfirmed`."""
    check(action)
    return _root(None)


def owner_public(action: models.Action, to: Person, serial: int, hop: int) -> bytes:
    """The public key under which a person will own a card that an action gives them: whoever confirmed it, or whom it
    names as `to`. It signs nothing by itself. Raises `Unconfirmed`."""
    check(action)
    if to.id != action.person_id and str(to.id) != action.parameters.get("to"):
        raise Unconfirmed(f"action {action.id} gives nothing to {to.id}")
    return _root(to).owner_key(serial, hop).public


def rebind_public(person: Person, serial: int, hop: int) -> bytes:
    """The public key a claimant hands to the issuer when asking for a lost card. It signs nothing by itself."""
    return _root(person).rebind_key(serial, hop).public


def rotate(progress: Callable[[int, int], None] | None = None) -> int:
    """Put a new key-encryption key in front and seal everything anew with it. Gives how many rows were.

    Can be interrupted and repeated: both keys open until the old one is dropped by hand. Raises `CustodyError` if the
    keys come from the environment, where we cannot change them.
    """
    config = settings.CONFIG
    if config.kek is None:
        write_keyring(config.kek_file, read_keyring(config.kek_file).rotated())
    return reseal(progress)


def reseal(progress: Callable[[int, int], None] | None = None) -> int:
    """Seal with the present key-encryption key whatever an older one has sealed."""
    done = 0
    total = sum(sealed.count() for sealed in RESEALED)
    for sealed in RESEALED:
        done = sealed.reseal(keyring(), done, total, progress)
    return done


class Sealed:
    """A column of sealed values: how to find them, and what each is about."""

    def __init__(self, model: type[Model], field: str, about: Callable[[Any], bytes]) -> None:
        self._model = model
        self._field = field
        self._about = about

    def count(self) -> int:
        """How many values there are."""
        return self._rows().count()

    def reseal(
        self, ring: KeyRing, done: int, total: int, progress: Callable[[int, int], None] | None
    ) -> int:
        """Seal anew what is not under the present key. Gives `done` and as many more."""
        for row in self._rows().iterator(chunk_size=500):
            sealed = bytes(getattr(row, self._field))
            if not ring.is_current(sealed):
                fresh = ring.reseal(sealed, self._about(row))
                # Only if nobody has changed the row meanwhile.
                self._model._default_manager.filter(pk=row.pk, **{self._field: sealed}).update(
                    **{self._field: fresh}
                )
            done += 1
            if progress is not None:
                progress(done, total)
        return done

    def _rows(self) -> QuerySet[Any]:
        return self._model._default_manager.filter(**{f"{self._field}__isnull": False}).order_by("pk")


def _check_one(confirmation: models.Confirmation) -> None:
    if not fits(confirmation) or seal_of(bytes(confirmation.evidence)) != bytes(confirmation.seal):
        raise Unconfirmed(f"confirmation {confirmation.id} does not say what was confirmed")


def _root(person: Person | None) -> Root:
    """A root, made at its first use."""
    while True:
        row = models.Root.objects.filter(person=person).first()
        if row is not None:
            return Root(keyring().open(bytes(row.sealed), _about_root(person)), network())
        fresh = Root.generate(network())
        try:
            with transaction.atomic():
                models.Root.objects.create(
                    person=person, sealed=keyring().seal(fresh.secret, _about_root(person))
                )
        except IntegrityError:
            continue  # Somebody else was first; theirs is the root.


def _about_root(person: Person | None) -> bytes:
    return _about("root", "brand" if person is None else person.id)


def _about(what: str, id: object) -> bytes:
    return f"{what}/{id}".encode()


class Resealable(Protocol):
    """What the rotation of the key-encryption key asks of whoever keeps sealed values."""

    def count(self) -> int:
        """How many values there are."""

    def reseal(
        self, ring: KeyRing, done: int, total: int, progress: Callable[[int, int], None] | None
    ) -> int:
        """Seal anew what is not under the present key. Gives `done` and as many more."""


RESEALED: list[Resealable] = [
    Sealed(models.Root, "sealed", lambda row: _about_root(row.person)),
    Sealed(models.Action, "sealed", lambda row: _about("secret", row.id)),
    Sealed(models.Action, "envelope", lambda row: _about("envelope", row.id)),
]
"""Every sealed column; apps that seal something add theirs when they are ready."""
