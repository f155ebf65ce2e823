"""Everything that staff did, in one table: what they confirmed, whom and which cards they looked at, what they wrote
into cases, and who was appointed. The rows stay where they are; here they are put side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.desk.appointing import listed
from cardtrail.web.desk.casework import CardLook, CaseEntry, Look
from cardtrail.web.desk.evidence import PURPOSE_WORDS
from cardtrail.web.desk.models import CASE_READERS, Staff
from cardtrail.web.desk.team import StaffEvent
from cardtrail.web.desk.words import ENTRY_WORDS, EVENT_WORDS
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits

SORTS: Final = {
    "confirmed": Text("确认", "Confirmed"),
    "look": Text("查阅个人资料", "Looked at a record"),
    "card": Text("查卡", "Looked at a card"),
    "case": Text("案件", "Case"),
    "staff": Text("人员", "Staff"),
}

_OF_CASES: Final = ("look", "card", "case")
"""Lines that lead to a case or a card."""

ISSUER_KINDS: Final = (
    "define", "issue", "issue_imported", "activate", "freeze", "unfreeze", "void", "rebind", "refund", "attest",
)  # fmt: skip
HOLDERS_OWN: Final = ("not_me", "loss_stop")
"""What holders confirm although the issuer's key signs it."""

RULINGS: Final = (
    "ruling", "ruling_on_appeal", "review_risk", "review_listing", "penalise", "lift_penalty", "settle_payout",
    "redirect_payout", "return_terms", "approve_terms", "decline_terms", "payee", "stop_payee", "close_matter",
)  # fmt: skip
"""What staff declare about orders, people and payouts: it moves no card by itself."""

TOGETHER: Final = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a member of staff did. `url` leads to more, empty where there is no more."""

    at_ms: int
    sort: str
    who: str
    what: Text | str
    about: str
    url: str

    @property
    def sort_text(self) -> Text:
        """What sort of thing it is."""
        return SORTS[self.sort]


@dataclass(frozen=True, slots=True)
class Source:
    """Lines that an app above the desk keeps.

    rows     all of them; each has `at_ms`
    who      its field with the member of staff
    find     the rows of some keys, by key
    words    what one says: what was done, about what, and where more stands
    readers  roles that may read there
    """

    rows: Callable[[], QuerySet[Any]]
    who: str
    find: Callable[[list[str]], Mapping[str, Model]]
    words: Callable[[Any], tuple[Text | str, str, str]]
    readers: tuple[str, ...]


_more: Final[dict[str, Source]] = {}


def also(sort: str, title: Text, source: Source) -> None:
    """From now on these lines stand in the table, too."""
    SORTS[sort] = title
    _more[sort] = source
    _WORDS[sort], _SOURCES[sort] = source.words, source.find


def unlinked(staff: Staff) -> frozenset[str]:
    """Sorts of lines that lead to pages which this member of staff may not open."""
    cases = () if staff.may(*CASE_READERS) else _OF_CASES
    return frozenset(cases) | {sort for sort, each in _more.items() if not staff.may(*each.readers)}


class Rows(Sequence[Line]):
    """The lines of a query, made when they are asked for: a page needs only its own."""

    def __init__(self, query: QuerySet[Any, dict[str, Any]]) -> None:
        self._query = query

    def __len__(self) -> int:
        return self._query.count()

    def __getitem__(self, which: Any) -> Any:
        found = self._query[which]
        return lines([found])[0] if isinstance(found, dict) else lines(found)


def acts(
    *,
    sort: str = "",
    who: str = "",
    since_ms: int | None = None,
    until_ms: int | None = None,
    order: str = "-at_ms",
) -> QuerySet[Any, dict[str, Any]]:
    """Which acts there are, as keys: `at_ms`, `who_id`, `sort`, `key`. `lines` makes them readable."""
    staff = Staff.objects.values("person_id")
    ours = Exists(Action.objects.filter(confirmation=OuterRef("pk"), kind__in=ISSUER_KINDS))
    confirmed = Confirmation.objects.filter(Q(purpose__in=("approve", *RULINGS)) | ours).exclude(
        purpose__in=HOLDERS_OWN
    )
    parts = {
        "confirmed": _keyed(confirmed.filter(person__in=staff), "confirmed", "person_id"),
        "look": _keyed(Look.objects.all(), "look", "staff_id"),
        "card": _keyed(CardLook.objects.all(), "card", "staff_id"),
        # Looks and acts in a case's log stand in this table by themselves already.
        "case": _keyed(
            CaseEntry.objects.filter(author__in=staff).exclude(kind__in=("look", "act")), "case", "author_id"
        ),
        "staff": _keyed(StaffEvent.objects.all(), "staff", "by_id"),
        **{name: _keyed(each.rows(), name, each.who) for name, each in _more.items()},
    }
    chosen = [parts[sort]] if sort in parts else list(parts.values())
    narrowed = [_narrowed(part, who, since_ms, until_ms) for part in chosen]
    first, *others = narrowed
    query = first.union(*others, all=True) if others else first
    return query.order_by(order, "sort", "key")


def lines(keys: Iterable[Mapping[str, Any]]) -> list[Line]:
    """The lines of some keys, in their order."""
    keys = list(keys)
    wanted: dict[str, list[str]] = defaultdict(list)
    for row in keys:
        wanted[row["sort"]].append(row["key"])
    found = {(sort, str(pk)): obj for sort in wanted for pk, obj in _SOURCES[sort](wanted[sort]).items()}
    names = Person.objects.in_bulk({row["who_id"] for row in keys if row["who_id"] is not None})
    made = []
    for row in keys:
        person = names.get(row["who_id"])
        what, about, url = _WORDS[row["sort"]](found[row["sort"], row["key"]])
        made.append(
            Line(row["at_ms"], row["sort"], (person.name or person.email) if person else "", what, about, url)
        )
    return made


def all_lines(query: QuerySet[Any, dict[str, Any]]) -> Iterator[Line]:
    """Every line of a query, some at a time."""
    start = 0
    while part := list(query[start : start + TOGETHER]):
        yield from lines(part)
        start += len(part)


def _keyed(rows: QuerySet[Any], sort: str, who: str) -> QuerySet[Any]:
    rows = rows.order_by().annotate(sort=Value(sort, CharField()), key=Cast("pk", CharField()))
    return rows.values("at_ms", "sort", "key", who_id=F(who))


def _narrowed(rows: QuerySet[Any], who: str, since_ms: int | None, until_ms: int | None) -> QuerySet[Any]:
    if who:
        rows = rows.filter(who_id=who)
    if since_ms is not None:
        rows = rows.filter(at_ms__gte=since_ms)
    if until_ms is not None:
        rows = rows.filter(at_ms__lt=until_ms)
    return rows


def _confirmed(row: Confirmation) -> tuple[Text | str, str, str]:
    url = reverse("desk:approval", args=[row.pk]) if row.approval else ""
    return PURPOSE_WORDS.get(row.purpose, row.purpose), row.text, url


def _look(row: Look) -> tuple[Text | str, str, str]:
    return row.what_text, row.case.number, reverse("desk:case", args=[row.case.number])


def _card_look(row: CardLook) -> tuple[Text | str, str, str]:
    number = card_number(row.serial)
    return SORTS["card"], group_digits(number), reverse("desk:card", args=[row.serial])


def _entry(row: CaseEntry) -> tuple[Text | str, str, str]:
    about = f"{row.case.number} · {row.text}"
    return ENTRY_WORDS[row.kind], about, reverse("desk:case", args=[row.case.number])


def _staff(row: StaffEvent) -> tuple[Text | str, str, str]:
    whom = row.email or (row.person.name or row.person.email if row.person else "")
    return (
        EVENT_WORDS[row.what],
        f"{whom} · {listed(row.before)} → {listed(row.after)}",
        reverse("desk:staff"),
    )


def _by_either_name(keys: list[str]) -> dict[str, Model]:
    """SQLite writes a UUID without hyphens, PostgreSQL with them."""
    found = Confirmation.objects.in_bulk(keys)
    return {name: row for pk, row in found.items() for name in (pk.hex, str(pk))}


_WORDS: Final[dict[str, Callable[[Any], tuple[Text | str, str, str]]]] = {
    "confirmed": _confirmed,
    "look": _look,
    "card": _card_look,
    "case": _entry,
    "staff": _staff,
}
_SOURCES: Final[dict[str, Callable[[list[str]], Mapping[Any, Model]]]] = {
    "confirmed": _by_either_name,
    "look": lambda keys: Look.objects.select_related("case").in_bulk(keys),
    "card": CardLook.objects.in_bulk,
    "case": lambda keys: CaseEntry.objects.select_related("case").in_bulk(keys),
    "staff": lambda keys: StaffEvent.objects.select_related("person").in_bulk(keys),
}
