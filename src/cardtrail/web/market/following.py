"""What happens elsewhere and concerns listings: on the ledger, and to their orders. Each function is called in the
transaction of what happened, may be called again for the same, and does not mind."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery

from cardtrail.deals import listing_events as events
from cardtrail.deals.order_state import Order
from cardtrail.deals.regions import Funds, Stage
from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.models import Movement
from cardtrail.web.market import deciding
from cardtrail.web.market.models import Listing, Sold
from cardtrail.web.orders.apart import apart
from cardtrail.web.orders.hooks import ListingNews
from cardtrail.web.orders.models import Deal
from cardtrail.web.orders.reconcile import Report
from cardtrail.web.risks.links import are_linked
from cardtrail.web.ui.clock import now_ms

log = logging.getLogger(__name__)

GONE: Final = {
    "freeze": "card_frozen",
    "void": "card_dead",
    "rebind": "rebind_pending",
    "return": "card_not_held",
    "redeem": "amount_over_balance",
    "transfer": "passed_on",
    "release": "passed_on",
}
"""What a movement of a listed card that is not its sale means, in the ledger's words."""


OFFERED: Final = ("listed", "delisted")


def settled(action: Action) -> None:
    """An action of a seller's confirmation has ended."""
    if action.kind != "hold_sale":
        return
    listing_id = Listing.objects.filter(hold=action).values_list("pk", flat=True).first()
    if listing_id is None:
        return
    done = action.state == Action.State.DONE
    event = events.HoldPlaced() if done else events.HoldRefused(action.reason_code)
    deciding.change(deciding.lock(listing_id), event, deciding.Left())


def heard(deal: Deal, news: ListingNews) -> None:
    """An order has sold its listing's card, or does not need it any more."""
    listing_id = _listing_id(deal)
    if listing_id is None:
        return
    event = events.Sold(deal.number) if news.sold else events.Freed(deal.number, news.usable)
    deciding.change(deciding.lock(listing_id), event, deciding.Left())


def staged(deal: Deal, before: Order | None, after: Order) -> None:
    """An order changed: of one that is completed, the price is kept for bands and charts, and says nothing while the
    payment is called back."""
    stood, stands = before is not None and _is_sold(before), _is_sold(after)
    if stands and not stood:
        _note_sold(deal)
    elif stood and not stands:
        Sold.objects.filter(deal=deal.pk).update(called_back_ms=now_ms())


def _is_sold(order: Order) -> bool:
    """Whether the seller has been paid for the card, and still is."""
    return order.stage is Stage.COMPLETED and order.funds is Funds.RELEASED


def _note_sold(deal: Deal) -> None:
    listing_id = _listing_id(deal)
    listing = None if listing_id is None else Listing.objects.get(pk=listing_id)
    if listing is None:
        return
    known, _ = Sold.objects.get_or_create(
        deal=deal.pk,
        defaults={
            "listing": listing,
            "serial": deal.serial,
            "currency": deal.currency,
            "balance_minor": listing.balance_minor,
            "activated_ms": listing.activated_ms,
            "expires_ms": listing.expires_ms,
            "price_minor": deal.price_minor,
            "seller_id": deal.seller_id,
            "buyer_id": deal.buyer_id,
            "linked": are_linked(deal.seller, deal.buyer),
            "at_ms": now_ms(),
        },
    )
    if known.called_back_ms is not None:
        known.called_back_ms = None
        known.save(update_fields=["called_back_ms"])


def moved(movements: Sequence[Movement]) -> None:
    """Cards on offer that were stopped on the ledger: nobody is to buy them. Those of an order, its order follows. A
    listing that cannot take it keeps nobody else waiting."""
    stops = [movement for movement in movements if movement.kind in GONE]
    if not stops:
        return
    serials = sorted({movement.serial for movement in stops})
    on_offer = Listing.objects.filter(serial__in=serials, stage__in=(*OFFERED, "reserved"))
    for listing_id, serial, since in on_offer.values_list("pk", "serial", "hold__entry_index"):
        # What happened to the card before it was set aside, the projection may hear of only now.
        later = [one for one in stops if one.serial == serial and since is not None and one.index > since]
        if later:
            apart(
                partial(_stop, listing_id, later[-1]),
                listing=listing_id,
                serial=serial,
                entry=later[-1].index,
            )


def _stop(listing_id: UUID, stop: Movement) -> bool:
    """Whether it changed."""
    listing = deciding.lock(listing_id)
    kept = listing.machine.order.startswith(deciding.KEPT)
    if listing.stage not in OFFERED and not kept:
        return False
    before = listing.version
    deciding.change(listing, events.CardGone(GONE[stop.kind]), deciding.Left())
    return listing.version != before


def missed(report: Report) -> None:
    """What listings did not hear of their cards, is fed in: with the daily comparison of orders, and like there."""
    since = Movement.objects.filter(
        kind__in=GONE, serial=OuterRef("serial"), index__gt=OuterRef("hold__entry_index")
    )
    last = Subquery(since.order_by("-index").values("pk")[:1])
    rows = Listing.objects.filter(stage__in=(*OFFERED, "reserved")).annotate(stop=last)
    for listing_id, stop in rows.filter(stop__isnull=False).values_list("pk", "stop"):
        try:
            with transaction.atomic():
                changed = _stop(listing_id, Movement.objects.get(pk=stop))
        except Exception:
            log.exception("listing %s could not be compared", listing_id)
            report.away += 1
        else:
            if changed:
                report.fed["CardGone"] = report.fed.get("CardGone", 0) + 1


def _listing_id(deal: Deal) -> UUID | None:
    """The listing that an order came from; none for one that came from elsewhere."""
    try:
        number = UUID(deal.listing)
    except ValueError:
        return None
    return Listing.objects.filter(pk=number).values_list("pk", flat=True).first()
