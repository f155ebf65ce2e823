"""What was spent on returns, for staff: today, this month, and what is still to be paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse

from cardtrail.pricing.offers import Unit
from cardtrail.web.desk.badges import waits_in
from cardtrail.web.desk.models import Staff
from cardtrail.web.market.desk_kinds import MONEY, TREASURERS, Kind, know
from cardtrail.web.orders.models import Matter
from cardtrail.web.returns.course import ORIGIN
from cardtrail.web.returns.models import Offer, Return
from cardtrail.web.returns.offering import UNITS, amount, in_force
from cardtrail.web.returns.quotes import budget_left
from cardtrail.web.returns.words import ANSWER_WORDS
from cardtrail.web.ui.clock import DAY_MS, day_of, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits

YUAN: Final = "CNY"
MOST: Final = 20
_HEX: Final = 32

MATTERS: Final = {
    "payout_refused": Text("付款渠道拒绝付款", "The provider refuses to pay"),
    "payout_unconfirmed": Text(
        "记录与持卡人的确认不符，未付款", "The row is not what was confirmed; not paid"
    ),
    "return_not_lifted": Text("卡未收下，锁定未能解除", "Not taken, and the hold could not be lifted"),
    "card_not_ended": Text("账本上卡没有如期结束", "The ledger's card did not end as noted"),
    "card_ended": Text("卡已结束，但没有应付记录", "The card ended, but nothing is owed for it"),
    "points_differ": Text("积分与交回记录不符", "The points are not what the return says"),
    "payout_twice": Text("同一笔款付了不止一次", "Paid more than once"),
    "payout_missing": Text("已记付款，渠道没有这笔", "Noted as paid, but unknown to the provider"),
    "payout_differs": Text("渠道付款的金额或账户不符", "The provider paid another amount or account"),
    "payout_for_nothing": Text("渠道付了款，卡没有收下", "The provider paid, but no card was taken"),
    "hold_of_nobody": Text("卡为品牌锁定，却没有交回记录", "A card is set aside, and no return knows of it"),
}
"""Kinds of matters of returns, in words."""


@dataclass(frozen=True, slots=True)
class Sums:
    """One unit's figures.

    left    what is left of today's budget, quotes that stand taken off; none where nothing is offered
    owed    what is owed for cards that have ended, and not paid yet
    troubled  payouts that the provider refused or that a person has to look at
    """

    unit: Unit
    word: Text
    today: Text
    month: Text
    left: Text | None
    owed: Text
    cards: int
    troubled: int
    offer: Offer | None


def matters() -> list[tuple[Matter, Text, Text | None, str, str]]:
    """What a member of staff has to look at, the oldest first: with its words, what was answered, the card's number,
    and the address of the payout's page where it is about one."""
    rows = Matter.objects.filter(origin=ORIGIN, closed_ms__isnull=True).order_by("opened_ms")[:MOST]
    return [
        (
            row,
            MATTERS.get(row.kind) or Text(row.kind, row.kind),
            answer_of(row),
            group_digits(card_number(row.serial or 0)),
            _page(row),
        )
        for row in rows
    ]


def answer_of(row: Matter) -> Text | None:
    """What the provider or the ledger answered, in words where we have them; none where it says nothing."""
    return ANSWER_WORDS.get(row.detail, Text(row.detail, row.detail)) if row.detail else None


def _page(row: Matter) -> str:
    _, _, rest = row.key.partition("return/")
    number = rest.partition("/")[0]
    if len(number) != _HEX or not row.kind.startswith("payout_"):
        return reverse("returns:desk")
    return reverse("returns:payout", args=[UUID(hex=number)])


def matters_for(staff: Staff) -> QuerySet[Matter] | None:
    """Open matters of returns, for whoever deals with them."""
    if not staff.may_change("finance"):
        return None
    return Matter.objects.filter(origin=ORIGIN, closed_ms__isnull=True)


def terms_for_finance(staff: Staff) -> QuerySet[Offer] | None:
    """Proposed terms that somebody of finance can approve."""
    return _terms_for(staff) if staff.may_change("finance") else None


def terms_for_admin(staff: Staff) -> QuerySet[Offer] | None:
    """The same for an administrator, who finds them in another place."""
    return _terms_for(staff) if staff.may_change("admin") else None


def _terms_for(staff: Staff) -> QuerySet[Offer]:
    return Offer.objects.filter(approved=None, closed_ms=None).exclude(proposed__person=staff.person_id)


_OF_RETURN: Final = Text("回收：{what}", "A return: {what}")
"""In the market's queue, among orders."""


def register() -> None:
    """Say what these matters are to the market's queue and to the desk's sidebar, once, when the app is ready."""
    for code, words in MATTERS.items():
        know(code, Kind(_OF_RETURN.format(what=words), MONEY, TREASURERS, DAY_MS, page=_page))
    waits_in("returns:desk", matters_for)
    waits_in("returns:desk", terms_for_finance)
    waits_in("returns:terms", terms_for_admin)


def today() -> list[Sums]:
    """The figures of money and of points, in yuan."""
    return [_sums(unit) for unit in Unit]


def _sums(unit: Unit) -> Sums:
    at_ms = now_ms()
    day, offer = day_of(at_ms), in_force(unit, YUAN, at_ms)
    taken = Q(state__in=Return.TAKEN)
    owed = Q(state=Return.State.OWED)
    found = Return.objects.filter(unit=unit, currency=YUAN).aggregate(
        today=Sum("pays", filter=taken & Q(day=day)),
        month=Sum("pays", filter=taken & Q(day__gte=day.replace(day=1))),
        cards=Count("pk", filter=taken & Q(day__gte=day.replace(day=1))),
        owed=Sum("pays", filter=owed),
        troubled=Count("pk", filter=owed & ~Q(answer__in=("", "away", "pending"))),
    )
    return Sums(
        unit=unit,
        word=UNITS[unit],
        today=amount(unit, found["today"] or 0, YUAN),
        month=amount(unit, found["month"] or 0, YUAN),
        left=None if offer is None else amount(unit, budget_left(unit, offer, at_ms), YUAN),
        owed=amount(unit, found["owed"] or 0, YUAN),
        cards=found["cards"],
        troubled=found["troubled"],
        offer=offer,
    )
