"""Closed groups: their owner gives a link away, whoever has it joins with a click, and cards can be offered to the
members alone. A group changes who sees a listing and nothing else: every sale runs through an order all the same."""

from __future__ import annotations

import hmac
import secrets
import uuid
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from cardtrail.wallet.links import LINK_SECRET_BYTES
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.custody import RESEALED, Sealed, keyring
from cardtrail.web.cards.secret_text import spelled
from cardtrail.web.market import refusals, saying
from cardtrail.web.market.models import Group, Listing, Member
from cardtrail.web.market.refusals import NotPossible
from cardtrail.web.market.telling import tell_out_of_group
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

MOST_GROUPS: Final = 20
MOST_MEMBERS: Final = 500
MOST_NAME: Final = 40

_WRONG: Final = Text("这个链接打不开群，或者群已关闭。", "This link opens no group, or the group is closed.")
_REMOVED: Final = Text("群主没有让你加入这个群。", "The owner of the group has not let you in.")
_FULL: Final = Text("群已满。", "The group is full.")
_TOO_MANY: Final = Text("最多可以建 {n} 个群。", "You can have {n} groups at most.")
_NAME: Final = Text("请给群起个名字，最多 {n} 个字。", "Give the group a name, {n} characters at most.")


def of(person: Person) -> QuerySet[Group]:
    """The groups that somebody owns or is in, open ones."""
    inside = Member.objects.filter(person=person, removed_ms__isnull=True).values("group_id")
    return Group.objects.filter(Q(owner=person) | Q(pk__in=inside), closed_ms__isnull=True)


def is_in(person_id: UUID, group: Group) -> bool:
    """Whether somebody belongs to a group that is not closed."""
    if group.closed_ms is not None:
        return False
    return (
        group.owner_id == person_id
        or group.members.filter(person_id=person_id, removed_ms__isnull=True).exists()
    )


def may_see(person: Person | None, listing: Listing) -> bool:
    """Whether a listing is offered to this person: to everybody, or into a group of theirs. Its seller sees it."""
    if not listing.group_only:
        return True
    if person is None:
        return False
    if listing.seller_id == person.pk:
        return True
    return listing.group is not None and is_in(person.pk, listing.group)


def visible(person: Person | None) -> Q:
    """The same for a query of listings."""
    everybody = Q(group_only=False)
    return everybody if person is None else everybody | Q(group__in=of(person).values("pk"))


def make(owner: Person, name: str) -> Group:
    """A new group. Raises `NotPossible`."""
    called = saying.tidy(name).replace("\n", " ")
    if not called or len(called) > MOST_NAME:
        raise NotPossible("name", _NAME.format(n=MOST_NAME), "name")
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=owner.pk)
        if Group.objects.filter(owner=owner, closed_ms__isnull=True).count() >= MOST_GROUPS:
            raise NotPossible("too_many_groups", _TOO_MANY.format(n=MOST_GROUPS))
        secret, id = secrets.token_bytes(LINK_SECRET_BYTES), uuid.uuid4()
        return Group.objects.create(
            id=id,
            owner=owner,
            name=called,
            public=secrets.token_hex(6),
            secret_sha256=sha256(secret).digest(),
            sealed=keyring().seal(secret, _about(id)),
            made_ms=now_ms(),
        )


def link_of(group: Group) -> str:
    """The group's link with its secret behind the #: for its owner alone."""
    secret = spelled(keyring().open(bytes(group.sealed), _about(group.pk)))
    return f"{settings.CONFIG.public_url}/market/g/{group.public}#{secret}"


def find(public: str, secret: bytes) -> Group:
    """The group that a link opens. Raises `NotPossible`."""
    group = Group.objects.filter(public=public, closed_ms__isnull=True).first()
    if group is None or not hmac.compare_digest(bytes(group.secret_sha256), sha256(secret).digest()):
        raise NotPossible("wrong_link", _WRONG)
    return group


def join(person: Person, group: Group) -> None:
    """Somebody who has the link joins. Raises `NotPossible`."""
    with transaction.atomic():
        current = Group.objects.select_for_update(no_key=True).get(pk=group.pk)
        if current.owner_id == person.pk:
            return
        member = current.members.filter(person=person).first()
        if current.closed_ms is not None:
            raise NotPossible("wrong_link", _WRONG)
        if member is not None and member.removed_ms is not None and member.removed_by_id != person.pk:
            raise NotPossible("removed", _REMOVED)
        if current.members.filter(removed_ms__isnull=True).count() >= MOST_MEMBERS:
            raise NotPossible("full", _FULL)
        Member.objects.update_or_create(
            group=current,
            person=person,
            defaults={"joined_ms": now_ms(), "removed_ms": None, "removed_by": None},
        )


def remove(group: Group, person_id: UUID, by: Person) -> bool:
    """The owner removes somebody, or somebody leaves by themselves."""
    if by.pk not in {group.owner_id, person_id}:
        return False
    there = Member.objects.filter(group=group, person_id=person_id, removed_ms__isnull=True)
    return bool(there.update(removed_ms=now_ms(), removed_by=by))


def take_out(group: Group, listing_id: UUID) -> bool:
    """The owner takes a card out of the group. If it was offered nowhere else, nobody sees it until its seller takes it
    back, who is told."""
    with transaction.atomic():
        listing = Listing.objects.select_related("seller").filter(pk=listing_id, group=group).first()
        if listing is None or not Listing.objects.filter(pk=listing_id, group=group).update(group=None):
            return False
        _tell(listing, group)
    return True


def close(group: Group) -> None:
    """Nobody joins any more, and what is offered there alone is seen by nobody: whose it is, is told."""
    with transaction.atomic():
        if not Group.objects.filter(pk=group.pk, closed_ms__isnull=True).update(closed_ms=now_ms()):
            return
        for listing in Listing.objects.select_related("seller").filter(
            group=group, group_only=True, stage__in=Listing.OPEN
        ):
            _tell(listing, group)


def _tell(listing: Listing, group: Group) -> None:
    """A seller learns that a group does not see their card any more; whoever did it knows."""
    if listing.seller_id != group.owner_id:
        tell_out_of_group(listing, group)


def mine_to_offer_into(person: Person, group_id: str) -> Group | None:
    """The group of that id, if the person is in it; none for an empty id. Raises `NotPossible`."""
    if not group_id:
        return None
    try:
        group = of(person).filter(pk=UUID(group_id)).first()
    except ValueError:
        group = None
    if group is None:
        raise NotPossible("not_in_group", refusals.NOT_IN_GROUP, "group")
    return group


def register() -> None:
    """Let a rotation of the key-encryption key find what groups have sealed."""
    RESEALED.append(Sealed(Group, "sealed", lambda row: _about(row.id)))


def _about(group_id: UUID) -> bytes:
    return b"market-group/" + group_id.bytes
