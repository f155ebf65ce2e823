"""Looking at a person's record: never without a case, never without a line that the person themselves can read.

What a member of staff may see of somebody is given by functions that take the `Look` itself. Whoever has no look has
nothing to hand them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.web.accounts.activity import running
from cardtrail.web.accounts.address import parse_address, shortened
from cardtrail.web.accounts.identity import Revealed, identity_of, reveal
from cardtrail.web.accounts.models import Device, Identity, Person
from cardtrail.web.desk.access import staff_behind
from cardtrail.web.desk.cases import add
from cardtrail.web.desk.casework import CardLook, Case, Look
from cardtrail.web.desk.words import LOOK_WORDS
from cardtrail.web.ledger.models import Card
from cardtrail.web.notices.tell import notify
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

__all__ = ("CardLook", "Look", "account_of", "look_at_card", "look_up", "looks_of", "may_look")

MOST_CARDS: Final = 200

_TOLD: Final = Text(
    "工作人员为处理案件 {case} 查看了你的资料：{what}。",
    "Our staff looked at your record for case {case}: {what}.",
)


class NoCase(PermissionError):  # noqa: N818 - it names what is wrong
    """Nobody's record is opened without an open case about them. `text` says so to the member of staff."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


_NEEDED: Final = Text(
    "查看个人资料须先选择一个未关闭的案件。",
    "Choose an open case first: nobody's record is opened without one.",
)
_OTHERS: Final = Text(
    "这个案件与此人无关。请打开与此人有关的案件。",
    "This case is not about this person. Open one that is.",
)


def may_look(case: Case, person: Person) -> bool:
    """Whether a case is about a person: its subject, or who holds its card now."""
    if case.person_id == person.pk:
        return True
    return case.serial is not None and Card.objects.filter(serial=case.serial, holder=person).exists()


def look_up(request: HttpRequest, case: Case | None, person: Person, what: str) -> Look:
    """Open a part of a person's record. The line in the log, the case's own line and the person's notice are written
    before anything is seen.

    what   a key of `words.LOOK_WORDS`

    Raises `NoCase`, and `PermissionError` for anybody who is not staff.
    """
    staff = staff_behind(request)
    if case is None or not case.is_open:
        raise NoCase(_NEEDED)
    if not may_look(case, person):
        raise NoCase(_OTHERS)
    words = LOOK_WORDS[what]
    with transaction.atomic():
        look = Look.objects.create(staff=staff.person, person=person, case=case, what=what, at_ms=now_ms())
        add(case, "look", words, author=staff.person)
        text = _TOLD.format(case=case.number, what=words)
        notify(person, "looks.look", key=f"look/{look.pk}", text=text, url=reverse("looks"), mail=False)
    return look


def look_at_card(request: HttpRequest, serial: int) -> CardLook:
    """Open a card by its number: state, balance and trail, without anybody's name."""
    staff = staff_behind(request)
    return CardLook.objects.create(staff=staff.person, serial=serial, at_ms=now_ms())


def looks_of(person: Person) -> QuerySet[Look]:
    """Who looked at a person's record, the latest first."""
    return Look.objects.filter(person=person).select_related("case", "staff__staff").order_by("-at_ms", "-pk")


# What is seen


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account, as staff see it for a case."""

    person: Person
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A device or session: what it looks like, a shortened address, when it was last used."""

    label: str
    address: str
    since_ms: int
    seen_ms: int


def account_of(look: Look) -> Account:
    """Name, address, and whether the identity is checked."""
    _fits(look, "account")
    return Account(look.person, identity_of(look.person))


def identity_seen(look: Look) -> tuple[Identity, Revealed] | None:
    """The identity document in the open; none if there is none."""
    _fits(look, "identity")
    found = identity_of(look.person)
    return None if found is None else (found, reveal(found))


def cards_of(look: Look) -> list[Card]:
    """The person's cards, the latest first."""
    _fits(look, "cards")
    rows = Card.objects.filter(holder=look.person).select_related("product").order_by("-entry")
    return list(rows[:MOST_CARDS])


def sessions_of(look: Look) -> tuple[list[SeenSession], list[SeenSession]]:
    """Devices, and sessions that run."""
    _fits(look, "sessions")
    devices = [
        SeenSession(row.label, _short(row.address), row.first_seen_ms, row.last_seen_ms)
        for row in Device.objects.filter(person=look.person).order_by("-last_seen_ms")[:50]
    ]
    sessions = [
        SeenSession(row.label, row.address, row.started_ms, row.seen_ms) for row in running(look.person, None)
    ]
    return devices, sessions


def _fits(look: Look, what: str) -> None:
    if look.pk is None or look.what != what:
        raise PermissionError(f"this look was not for {what}")


def _short(address: str) -> str:
    parsed = parse_address(address)
    return shortened(parsed) if parsed else ""
