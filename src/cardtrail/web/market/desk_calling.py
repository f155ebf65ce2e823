"""What waits for staff on the market's desk: who hears of it, and how much there is for each of them."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from cardtrail.web.desk.calling import call
from cardtrail.web.desk.models import Staff
from cardtrail.web.market import screening
from cardtrail.web.market.desk_kinds import ALL_ROLES, KINDS, REVIEWERS, kind_of
from cardtrail.web.market.models import Listing
from cardtrail.web.orders.models import Matter
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

_MATTER: Final = Text("集市工作台：{what}（尾号 {last} 的卡）。", "The market's desk: {what} (card …{last}).")
_PLAIN: Final = Text("集市工作台：{what}。", "The market's desk: {what}.")
_LISTING: Final = Text(
    "集市工作台：尾号 {last} 的卡等待上架审核。",
    "The market's desk: the listing of card …{last} waits for a review.",
)


def of_matter(matter: Matter) -> None:
    """Hook, in the transaction that finds it: tell whoever deals with this kind of matter."""
    kind = kind_of(matter)
    last = "" if matter.serial is None else card_number(matter.serial)[-4:]
    deal = matter.deal
    call(
        kind.group,
        kind.roles,
        key=f"matter/{matter.pk}",
        text=_MATTER.format(what=kind.words, last=last) if last else _PLAIN.format(what=kind.words),
        url=reverse("market:desk_matter", args=[matter.pk])
        if deal is None
        else reverse("market:desk_order", args=[deal.number]),
        but=frozenset() if deal is None else frozenset((deal.buyer_id, deal.seller_id)),
    )


def of_listing(listing: Listing) -> None:
    """Tell reviewers that risk holds a listing, in the transaction that publishes it."""
    call(
        "listings",
        REVIEWERS,
        key=f"listing/{listing.pk}",
        text=_LISTING.format(last=listing.last_four),
        url=reverse("market:desk_listing", args=[listing.pk]),
        but=frozenset((listing.seller_id,)),
    )


def matters_for(staff: Staff) -> QuerySet[Any] | None:
    """Open matters that this member of staff may deal with; what the machine reminds of is counted once."""
    codes = [code for code, kind in KINDS.items() if staff.may_change(*kind.roles)]
    if not codes:
        return None
    rows = Matter.objects.filter(closed_ms__isnull=True)
    mine = Q(kind__in=codes)
    if staff.may_change(*ALL_ROLES):
        mine |= ~Q(kind__in=list(KINDS))
    party = Q(deal__buyer=staff.person_id) | Q(deal__seller=staff.person_id)
    earlier = Matter.objects.filter(
        closed_ms__isnull=True,
        origin="order",
        deal=OuterRef("deal"),
        kind=OuterRef("kind"),
        pk__lt=OuterRef("pk"),
    )
    return (
        rows.filter(mine).exclude(Q(deal__isnull=False) & party).exclude(Q(origin="order") & Exists(earlier))
    )


def listings_for(staff: Staff) -> QuerySet[Any] | None:
    """Listings that wait for this member of staff."""
    if not staff.may_change(*REVIEWERS):
        return None
    return screening.waiting().select_related(None).exclude(seller=staff.person_id)
