"""Who a person is by law: told by the person, checked by staff, kept sealed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction

from cardtrail.compliance.retention import RecordClass, keep_until
from cardtrail.web.accounts import documents, sealing
from cardtrail.web.accounts.models import Identity, Person
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True, repr=False)
class Revealed:
    """An identity in the open. Its repr shows nothing."""

    kind: str
    name: str
    number: str

    @property
    def masked(self) -> str:
        """The number with its middle hidden."""
        return documents.masked(self.number)


class AlreadyDecidedError(Exception):
    """Somebody else has decided on this identity, or the person has replaced it."""

    text = Text("这份身份资料已经处理过或被替换", "This identity has been decided on or replaced")


def identity_of(person: Person) -> Identity | None:
    """The identity that counts: submitted or checked; the last refused one if there is no other."""
    rows = Identity.objects.filter(person=person, locked_ms=None)
    counting = rows.filter(state__in=["submitted", "checked"]).first()
    return counting or rows.order_by("-submitted_ms").first()


def checked_name(person: Person) -> str | None:
    """The real name of a person whose identity staff have checked, none for anybody else."""
    found = identity_of(person)
    return reveal(found).name if found is not None and found.state == "checked" else None


def reveal(identity: Identity) -> Revealed:
    """Open an identity. Raises `CustodyError` if the keys are not those that sealed it."""
    return Revealed(
        identity.kind,
        sealing.open_identity(identity.pk, "name", identity.name),
        sealing.open_identity(identity.pk, "number", identity.number),
    )


@transaction.atomic
def submit(person: Person, kind: str, name: str, number: str) -> Identity:
    """Keep what a person says they are, to be checked. It replaces what they said before, which is wiped unless the
    law has us keep it.
    """
    Person.objects.select_for_update().get(pk=person.pk)
    _replace(person)
    new = uuid.uuid4()
    return Identity.objects.create(
        id=new,
        person=person,
        kind=kind,
        name=sealing.seal_identity(new, "name", name),
        number=sealing.seal_identity(new, "number", number),
        known=sealing.known(kind, number),
        submitted_ms=now_ms(),
    )


@transaction.atomic
def check(identity: Identity, staff: Person, ok: bool, reason: Text | None = None) -> None:
    """Decide on a submitted identity. A refusal needs a reason, which the person will read.

    Raises `AlreadyDecidedError` if it is not waiting any more, `ValueError` for a refusal without a reason or for staff
    who decide about themselves.
    """
    if not ok and reason is None:
        raise ValueError("a refusal gives its reason")
    if staff.pk == identity.person_id:
        raise ValueError("nobody checks their own identity")
    changed = Identity.objects.filter(pk=identity.pk, state="submitted", locked_ms=None).update(
        state="checked" if ok else "refused",
        reason_zh=reason.zh if reason and not ok else "",
        reason_en=reason.en if reason and not ok else "",
        checked_by=staff,
        checked_ms=now_ms(),
    )
    if not changed:
        raise AlreadyDecidedError
    identity.refresh_from_db()


def keep_for_purchase(person: Person, at_ms: int) -> None:
    """A person has bought cards: their identity is kept for years, even if the account goes."""
    Identity.objects.filter(person=person, state="checked").update(
        retention="purchase", keep_until_ms=keep_until(RecordClass.BUYER_IDENTITY, at_ms)
    )


def wipe_expired(at_ms: int) -> int:
    """Wipe identities of deleted accounts, and replaced ones, whose time is over. Returns how many."""
    gone, _ = Identity.objects.filter(locked_ms__isnull=False, keep_until_ms__lte=at_ms).delete()
    return gone


def lock_or_wipe(person: Person) -> int:
    """What happens to a person's identities when the account goes: what the law has us keep is locked, the rest wiped.
    Returns how many are kept.
    """
    rows = Identity.objects.filter(person=person)
    rows.filter(retention="account").delete()
    rows.filter(locked_ms=None).update(locked_ms=now_ms())
    return rows.count()


def _replace(person: Person) -> None:
    rows = Identity.objects.filter(person=person, locked_ms=None)
    rows.filter(retention="account").delete()
    rows.update(locked_ms=now_ms())
