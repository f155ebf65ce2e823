"""How many cards stand where: counts and balances by state, in one question to the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Count, Q, QuerySet, Sum, Value, When

from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.clock import now_ms
from cardtrail.wire.cards import HoldKind, Status
from cardtrail.wire.roles import Role

_ORDER = (
    "inactive",
    "active",
    "held",
    "sale",
    "handed_in",
    "rebind",
    "frozen",
    "expired",
    "empty",
    "void",
    "split",
    "merged",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Cards in one state: how many, and what is on them."""

    state: str
    cards: int
    balance_minor: int


def states_of(cards: QuerySet[Card]) -> list[Standing]:
    """Counts by state, in the order of a card's life. The states are those of `ledger.states`."""
    rows = (
        cards.order_by()
        .annotate(stands=_stands(now_ms()))
        .values("stands")
        .annotate(cards=Count("pk"), balance=Sum("balance_minor"))
    )
    found = [Standing(row["stands"], row["cards"], row["balance"] or 0) for row in rows]
    return sorted(found, key=lambda each: _ORDER.index(each.state))


def in_spans(spans: Sequence[tuple[int, int]]) -> QuerySet[Card]:
    """The cards in ranges of serials, ends included."""
    if not spans:
        return Card.objects.none()
    return Card.objects.filter(reduce(or_, (Q(serial__range=span) for span in spans)))


def _stands(at_ms: int) -> Case:
    """`ledger.states.state_of`, as the database computes it; a test holds the two together."""
    return Case(
        When(status=Status.VOID, then=Value("void")),
        When(status=Status.SPLIT, then=Value("split")),
        When(status=Status.MERGED, then=Value("merged")),
        When(frozen_by__isnull=False, then=Value("frozen")),
        When(status=Status.INACTIVE, then=Value("inactive")),
        When(expires_ms__lt=at_ms, then=Value("expired")),
        When(hold_role=Role.ISSUER, then=Value("handed_in")),
        When(hold_kind=HoldKind.GIFT, then=Value("held")),
        When(hold_kind=HoldKind.SALE, then=Value("sale")),
        When(hold_kind=HoldKind.REBIND, then=Value("rebind")),
        When(balance_minor=0, then=Value("empty")),
        default=Value("active"),
        output_field=CharField(),
    )
