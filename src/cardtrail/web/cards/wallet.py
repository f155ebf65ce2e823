"""A holder's cards: in groups by what can be done with them, a page at a time, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card
from cardtrail.web.ledger.states import told_apart
from cardtrail.web.ui.texts import Text
from cardtrail.wire.cards import HoldKind, Status
from cardtrail.wire.roles import Role

PER_PAGE: Final = 24

READY, DEALING, WAITING, ATTENTION, ENDED = range(5)

GROUPS: Final = {
    READY: Text("可以使用", "Ready to use"),
    DEALING: Text("正在交易或交回", "In a sale, or being handed in"),
    WAITING: Text("已送出，等待领取", "Given and waiting"),
    ATTENTION: Text("需要留意", "Needs your attention"),
    ENDED: Text("已用完和已结束", "Used up and ended"),
}
"""The groups in the order of the wallet."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cards that stand together on a page."""

    title: Text
    cards: list[Card]


@dataclass
class Sums:
    """What a wallet holds, over all its pages.

    balances   currency and amount that can be spent or is on its way back: everything but ended cards
    usable     currency and amount that can be spent now
    """

    counts: dict[int, int] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    usable: dict[str, int] = field(default_factory=dict)

    @property
    def alive(self) -> int:
        """How many cards have not ended."""
        return sum(count for group, count in self.counts.items() if group != ENDED)

    @property
    def ended(self) -> int:
        """How many cards have ended."""
        return self.counts.get(ENDED, 0)


class Counted(Paginator):  # type: ignore[type-arg]  # generic for the type checker alone
    """A paginator that knows the count already."""

    def __init__(self, rows: QuerySet[Card], per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.count = count  # A cached property there.


def cards_of(person: Person, now_ms: int) -> QuerySet[Any]:
    """The person's cards with their `group`."""
    stopped = Q(frozen_by__isnull=False) | Q(status=Status.INACTIVE) | Q(expires_ms__lt=now_ms)
    group = Case(
        When(status__gte=Status.VOID, then=Value(ENDED)),
        When(stopped | Q(hold_kind=HoldKind.REBIND), then=Value(ATTENTION)),
        When(Q(hold_kind=HoldKind.SALE) | Q(hold_role=Role.ISSUER), then=Value(DEALING)),
        When(hold_kind__isnull=False, then=Value(WAITING)),
        When(balance_minor=0, then=Value(ENDED)),
        default=Value(READY),
        output_field=IntegerField(),
    )
    return Card.objects.filter(holder=person).annotate(group=group)


def sums(cards: QuerySet[Any]) -> Sums:
    """Counts and balances, in one query."""
    found = Sums()
    rows = cards.values("group", "currency").annotate(n=Count("serial"), sum=Sum("balance_minor")).order_by()
    for row in rows:
        group, currency = row["group"], row["currency"]
        found.counts[group] = found.counts.get(group, 0) + row["n"]
        if group != ENDED:
            found.balances[currency] = found.balances.get(currency, 0) + row["sum"]
        if group == READY:
            found.usable[currency] = found.usable.get(currency, 0) + row["sum"]
    return found


def alive(cards: QuerySet[Any], count: int) -> Paginator[Card]:
    """The pages of cards that have not ended: those that can be used first, of these the newest."""
    rows = cards.exclude(group=ENDED).select_related("product").order_by("group", "-entry", "serial")
    return Counted(rows, PER_PAGE, count)


def ended(cards: QuerySet[Any], count: int) -> Paginator[Card]:
    """The pages of cards that have ended, the latest first."""
    rows = cards.filter(group=ENDED).select_related("product").order_by("-entry", "serial")
    return Counted(rows, PER_PAGE, count)


def grouped(cards: list[Card]) -> list[Group]:
    """The cards of one page, in their groups. Those in a sale are looked up together."""
    told_apart(cards)
    by: dict[int, list[Card]] = {}
    for card in cards:
        by.setdefault(getattr(card, "group", READY), []).append(card)
    return [Group(title, by[group]) for group, title in GROUPS.items() if group in by]
