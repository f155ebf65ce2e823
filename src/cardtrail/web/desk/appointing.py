"""Who works for the brand and what they may do: invited, appointed, changed, let go; each of it written down.

There is always somebody left who can do this: the last active administrator stays, also against their own wish.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from cardtrail.web.accounts.activity import end_all
from cardtrail.web.accounts.deletion import Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.desk.models import ROLES, Staff
from cardtrail.web.desk.refused import Refused
from cardtrail.web.desk.team import StaffEvent, StaffInvitation
from cardtrail.web.desk.words import ROLE_WORDS
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text

log = logging.getLogger(__name__)

OPEN_FOR_MS: Final = 3 * DAY_MS
"""So long an invitation's link works, once."""

_SUBJECT: Final = "邀请你加入工作台 · You are invited to the desk"
_BODY: Final = """{by} 邀请你以工作人员身份加入卡迹工作台（{zh}）。
请在三天内打开下面的链接，用这个邮箱登录或注册后确认。链接只能使用一次。

{by} invites you to the Cardtrail desk ({en}).
Open this link within three days and sign in or sign up with this address. It works once.

{url}
"""
_ROLES_CHANGED: Final = Text("你在工作台的角色现在是：{roles}。", "Your roles at the desk are now: {roles}.")
_LEFT: Final = Text("你的工作台权限已停用。", "You no longer have access to the desk.")


class NotAppointed(Refused):
    """It cannot be. `text` says why."""


_LAST: Final = Text(
    "这是最后一位管理员，请先任命另一位。", "This is the last administrator: appoint another one first."
)
_NO_LINK: Final = Text(
    "链接无效、已使用或已过期，请让管理员重新邀请。",
    "This link is not valid, was used or has expired. Ask an administrator for another invitation.",
)
_STILL_STAFF: Final = Text(
    "你还是工作台的工作人员。请先让管理员停用你的权限。",
    "You still belong to the desk's staff: ask an administrator to end your access first.",
)
_ALREADY: Final = Text(
    "你已经是工作人员，这份邀请不再起作用。角色由管理员在工作台更改。",
    "You are a member of staff already, so this invitation changes nothing. An administrator changes roles at the "
    "desk.",
)
_OTHER_ADDRESS: Final = Text(
    "这份邀请发给另一个邮箱。请用收到邀请的邮箱登录。",
    "This invitation was sent to another address. Sign in with the address that received it.",
)


def invite(by: Person, email: str, roles: Iterable[str]) -> Staff | StaffInvitation:
    """Appoint somebody who has an account with this address at once, or send others a link that works once.

    Raises `NotAppointed`, `OSError` if the mail server takes no mail; then the invitation is withdrawn."""
    email, chosen = email.strip().lower(), _known(roles)
    person = _owner(email)
    with transaction.atomic():
        _lock()
        if person is not None:
            return _appoint(by, person, chosen)
        now = now_ms()
        StaffInvitation.objects.filter(email=email, used_ms=None, withdrawn_ms=None).update(withdrawn_ms=now)
        word = secrets.token_urlsafe(24)
        made = StaffInvitation.objects.create(
            email=email, roles=chosen, token=_hash(word), by=by, made_ms=now, ends_ms=now + OPEN_FOR_MS
        )
        _write(by, "invited", email=email, after=chosen)
    try:
        # Not inside the transaction: a slow mail server would keep everybody else from writing.
        _send(by, email, chosen, word)
    except OSError:
        withdraw(by, made)
        raise
    return made


def withdraw(by: Person, invitation: StaffInvitation) -> None:
    """The link no longer works."""
    with transaction.atomic():
        rows = StaffInvitation.objects.filter(pk=invitation.pk, used_ms=None, withdrawn_ms=None)
        if rows.update(withdrawn_ms=now_ms()):
            _write(by, "withdrawn", email=invitation.email, before=invitation.roles)


def invitation_of(word: str) -> StaffInvitation:
    """The invitation behind a link's word. Raises `NotAppointed`."""
    found = StaffInvitation.objects.select_related("by").filter(token=_hash(word)).first()
    if found is None or not found.is_open:
        raise NotAppointed(_NO_LINK)
    return found


def join(person: Person, word: str) -> Staff:
    """Whoever was invited takes it up, signed in with the address that was invited. Raises `NotAppointed`.

    What was decided about them since the invitation stands: it neither changes the roles of somebody who was appointed
    meanwhile nor brings back whoever was let go.
    """
    with transaction.atomic():
        _lock()
        found = invitation_of(word)
        if _owner(found.email) != person:
            raise NotAppointed(_OTHER_ADDRESS)
        if Staff.objects.filter(person=person, active=True).exists():
            raise NotAppointed(_ALREADY)
        if StaffEvent.objects.filter(person=person, at_ms__gte=found.made_ms).exists():
            raise NotAppointed(_NO_LINK)
        if not StaffInvitation.objects.filter(pk=found.pk, used_ms=None, withdrawn_ms=None).update(
            used_ms=now_ms()
        ):
            raise NotAppointed(_NO_LINK)
        staff, _ = Staff.objects.update_or_create(
            person=person, defaults={"roles": found.roles, "active": True}
        )
        _write(person, "joined", person=person, after=found.roles)
        return staff


def set_roles(by: Person, staff: Staff, roles: Iterable[str]) -> None:
    """Change what somebody may do. Raises `NotAppointed`."""
    chosen = _known(roles)
    with transaction.atomic():
        _lock()
        current = Staff.objects.select_related("person").get(pk=staff.pk)
        if current.roles == chosen:
            return
        if "admin" not in chosen:
            _refuse_last(current)
        _write(by, "roles", person=current.person, before=current.roles, after=chosen)
        Staff.objects.filter(pk=current.pk).update(roles=chosen)
        _tell(current.person, _ROLES_CHANGED.format(roles=listed(chosen)))


def deactivate(by: Person, staff: Staff) -> None:
    """Somebody leaves: they are a holder like everybody else, and signed out everywhere. Raises `NotAppointed`."""
    with transaction.atomic():
        _lock()
        current = Staff.objects.select_related("person").get(pk=staff.pk)
        if not current.active:
            return
        _refuse_last(current)
        Staff.objects.filter(pk=current.pk).update(active=False)
        _write(by, "deactivated", person=current.person, before=current.roles)
        _tell(current.person, _LEFT)
        end_all(current.person)


def bring_back(by: Person, staff: Staff) -> None:
    """Somebody who had left works here again, with the roles they had."""
    with transaction.atomic():
        _lock()
        if Staff.objects.filter(pk=staff.pk, active=False).update(active=True):
            _write(by, "returned", person=staff.person, after=staff.roles)
            _tell(staff.person, _ROLES_CHANGED.format(roles=listed(staff.roles)))


def objections(person: Person) -> list[Objection]:
    """Whoever works here has to be let go before their account can be deleted: so nobody leaves roles and API keys
    behind, and the last administrator stays."""
    staff = Staff.objects.filter(person=person, active=True)
    return [Objection(_STILL_STAFF, reverse("desk:home"))] if staff.exists() else []


def listed(roles: Iterable[str]) -> Text:
    """Roles in words."""
    words = [ROLE_WORDS[role] for role in roles]
    return Text("、".join(word.zh for word in words) or "无", ", ".join(word.en for word in words) or "none")


def _appoint(by: Person, person: Person, roles: list[str]) -> Staff:
    known = Staff.objects.filter(person=person).first()
    if known is not None and known.active:
        raise NotAppointed(Text("此人已是工作人员。", "This person is a member of staff already."))
    staff, _ = Staff.objects.update_or_create(person=person, defaults={"roles": roles, "active": True})
    _write(by, "joined", person=person, before=known.roles if known else [], after=roles)
    _tell(person, _ROLES_CHANGED.format(roles=listed(roles)))
    return staff


def _refuse_last(staff: Staff) -> None:
    if not staff.may("admin"):
        return
    others = Staff.objects.filter(active=True).exclude(pk=staff.pk)
    if not any("admin" in other.roles for other in others):
        raise NotAppointed(_LAST)


def _lock() -> None:
    """One change after the other, so that two administrators cannot take each other's role away at the same moment."""
    list(Staff.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def _known(roles: Iterable[str]) -> list[str]:
    wanted = set(roles)
    if unknown := wanted - set(ROLES):
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
    return [role for role in ROLES if role in wanted]


def _owner(email: str) -> Person | None:
    """Who has shown that this address is theirs."""
    row = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    person = None if row is None else row.user
    return person if isinstance(person, Person) and person.deleted_ms is None else None


def _hash(word: str) -> bytes:
    return sha256(word.encode()).digest()


def _write(
    by: Person,
    what: str,
    *,
    person: Person | None = None,
    email: str = "",
    before: list[str] | None = None,
    after: list[str] | None = None,
) -> None:
    StaffEvent.objects.create(
        at_ms=now_ms(), by=by, person=person, email=email, what=what, before=before or [], after=after or []
    )


def _tell(person: Person, text: Text) -> None:
    key = f"staff/{StaffEvent.objects.filter(person=person).count()}"
    notify(person, "security.staff", key=key, text=text, url=reverse("desk:home"))


def _send(by: Person, email: str, roles: list[str], word: str) -> None:
    words = listed(roles)
    url = f"{settings.CONFIG.public_url}{reverse('desk:join', args=[word])}"
    body = _BODY.format(by=by.name or by.email, zh=words.zh, en=words.en, url=url)
    EmailMessage(subject=_SUBJECT, body=body, to=[email], headers={"Auto-Submitted": "auto-generated"}).send()
    log.info("an invitation to the desk was sent")
