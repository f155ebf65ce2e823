"""Buying: at the price asked, or at the one that was agreed upon. One transaction: limits, risk, the listing reserved,
the buyer's one confirmation, the order. Of two buyers in the same moment one has the order and the other is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from cardtrail.deals import listing as listings
from cardtrail.deals import listing_events, offer_events
from cardtrail.deals.codes import Code, Refused
from cardtrail.deals.limits import check_order
from cardtrail.deals.parameters import Risk
from cardtrail.deals.regions import Side
from cardtrail.payments.port import Provider
from cardtrail.risk.care import care
from cardtrail.risk.port import Act, Outcome, Verdict
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.market import bargaining, deciding, groups, refusals, standings
from cardtrail.web.market.models import Listing, Offer
from cardtrail.web.market.reached import Reach, reach_of
from cardtrail.web.market.refusals import NotPossible, of_machine, raise_if
from cardtrail.web.orders import deciding as orders
from cardtrail.web.orders import opening, providers
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks import counters
from cardtrail.web.risks.ask import Asked, Inquiry, ask, foresee
from cardtrail.web.risks.clear import cover
from cardtrail.web.risks.gather import traces_for
from cardtrail.web.risks.links import group_of
from cardtrail.web.risks.presence import Presence
from cardtrail.web.risks.traces import Traces
from cardtrail.web.ui.clock import now_ms

PACE_CHANGED: Final = "pace_changed"
"""The code of the refusal after which the page is to be read anew."""


class Stopped(Exception):  # noqa: N818 - an answer, not a fault
    """Risk wants a proof first, waits for a person, or says no. Nothing is reserved; the decision is kept."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked.verdict.outcome)
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Purchase:
    """What somebody is about to buy.

    shown_version  the listing as they saw it
    price_minor    the price they saw
    inspection_ms  after what time they saw that it is confirmed by itself
    offer_id       the offer by whose price they buy; none: at the price asked
    """

    listing_id: UUID
    shown_version: int
    price_minor: int
    provider: str
    inspection_ms: int
    offer_id: UUID | None = None


def ways_to_pay(listing: Listing) -> Sequence[Provider]:
    """The providers by which this seller can be paid in this currency."""
    offered = providers.registry().offered(listing.currency)
    return [one for one in offered if providers.payee(one.name, listing.seller_id) is not None]


def agreed(person: Person, listing: Listing) -> Offer | None:
    """The offer by which this person may buy now: their own that was accepted, or the seller's price that waits for
    their answer."""
    kept = Offer.objects.filter(listing=listing, buyer=person, kept_until_ms__isnull=False).first()
    if kept is not None and bargaining.still_kept(kept, now_ms()):
        return kept
    return Offer.objects.filter(
        listing=listing, buyer=person, stage="countered", next_ms__gt=now_ms()
    ).first()


def what_is_bought(
    listing: Listing, price_minor: int, provider: str, verdict: Verdict, reach: Reach
) -> opening.Offer:
    """The listing as orders take it. `verdict`: what risk says of this purchase. With what it said of the sale, and
    what penalties say of the seller since, it tells how carefully the order is treated: the side that is known least
    decides."""
    kept = Listing.objects.select_related("confirmation", "decision").get(pk=listing.pk)
    return opening.Offer(
        listing=str(listing.pk),
        version=listing.shown_version,
        serial=listing.serial,
        seller=listing.seller,
        hold=kept.confirmation,
        price_minor=price_minor,
        provider=provider,
        risk=Risk.HIGH if reach.careful else Risk(care(kept.decision.answer, verdict).value),
    )


def terms(
    request: HttpRequest, listing: Listing, price_minor: int, names: Sequence[str]
) -> list[opening.Terms]:
    """The words that are agreed to, and the times in them, for each of these providers. Raises `NotPossible`."""
    person = person_of(request)
    reach = _reach(listing)
    inquiry = _inquiry(person, listing, price_minor, standings.room_of(person))
    verdict = foresee(inquiry, Presence.of(request))
    return [opening.terms(what_is_bought(listing, price_minor, name, verdict, reach)) for name in names]


def buy(request: HttpRequest, purchase: Purchase) -> Deal:
    """Place the order. Raises `NotPossible`, `Stopped`."""
    person = person_of(request)
    left = deciding.Left()
    stopped: Asked | None = None
    taken: orders.Taken | None = None
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        listing = deciding.lock(purchase.listing_id)
        _check(person, listing, purchase)
        reach = _reach(listing)
        standings.check_currency(listing.currency)
        traces = traces_for(person, listing.seller)
        # What is under way is everybody's who belongs together: of two of them at once, the second counts the first.
        group = group_of(person, traces)
        counters.lock(group)
        room = standings.room_of(person, group)
        raise_if(check_order(room.limits, purchase.price_minor, room.open_minor))
        inquiry = _inquiry(person, listing, purchase.price_minor, room, traces)
        asked = ask(inquiry, Presence.of(request))
        # What is held may be ordered: it is asked once more before delivery, and a person can look until then.
        if asked.verdict.outcome in (Outcome.STEP_UP, Outcome.BLOCK):
            stopped = asked
        else:
            what = what_is_bought(listing, purchase.price_minor, purchase.provider, asked.verdict, reach)
            taken = _place(request, person, listing, purchase, what, left)
            cover(asked.decision, taken.deal.delivery.confirmation)
    if taken is None:
        raise Stopped(stopped) if stopped is not None else RuntimeError("neither bought nor stopped")
    deciding.go(left)
    return orders.go(taken)


def _inquiry(
    person: Person, listing: Listing, price_minor: int, room: standings.Room, traces: Traces | None = None
) -> Inquiry:
    """What risk is asked about a purchase, whether it is made now or only shown."""
    return Inquiry(
        person=person,
        act=Act.BUY,
        serial=listing.serial,
        value_minor=price_minor,
        currency=listing.currency,
        about=f"listing/{listing.pk}",
        counterparty=listing.seller,
        clean_value_minor=room.clean_minor,
        open_value_minor=room.open_minor + price_minor,
        traces=traces,
    )


def _place(
    request: HttpRequest,
    person: Person,
    listing: Listing,
    purchase: Purchase,
    what: opening.Offer,
    left: deciding.Left,
) -> orders.Taken:
    if purchase.offer_id is not None:
        _use_offer(person, listing, purchase, left)
    taken = opening.open_deal(request, person, what)
    if taken.order.pace.inspection_ms != purchase.inspection_ms:
        raise NotPossible(PACE_CHANGED, refusals.PACE_CHANGED)
    reserve = listing_events.Reserve(taken.deal.number, str(person.pk), purchase.shown_version)
    deciding.must(listing, reserve, left)
    return taken


def _use_offer(person: Person, listing: Listing, purchase: Purchase, left: deciding.Left) -> None:
    """The price was agreed upon: the seller accepted it and kept the card, or the buyer accepts the seller's now."""
    offer = deciding.lock_offer(purchase.offer_id) if purchase.offer_id is not None else None
    if offer is None or offer.listing_id != listing.pk or offer.buyer_id != person.pk:
        raise NotPossible("no_such_offer", refusals.NOT_KEPT)
    if offer.price_minor != purchase.price_minor:
        raise of_machine(Refused(Code.LISTING_CHANGED))
    if offer.kept_until_ms is not None:
        if not bargaining.still_kept(offer, now_ms()):
            raise NotPossible("not_kept", refusals.NOT_KEPT)
        offer.kept_until_ms = None
        offer.save(update_fields=["kept_until_ms"])
        freed = listing_events.Freed(deciding.kept_for(offer), usable=True)
        raise_if(deciding.change(listing, freed, left, tell=False))
        return
    if offer.stage != "countered":
        raise NotPossible("not_kept", refusals.NOT_KEPT)
    event = offer_events.AcceptOffer(str(person.pk), listing.shown_version)
    raise_if(deciding.change_offer(offer, event, Side.BUYER.value, left))


def _check(person: Person, listing: Listing, purchase: Purchase) -> None:
    """Whether it can be bought, in one clear sentence if not."""
    if not groups.may_see(person, listing):
        raise of_machine(Refused(Code.LISTING_GONE))
    machine = listing.machine
    kept = machine.order.startswith(deciding.KEPT)
    mine = purchase.offer_id is not None and machine.order == f"{deciding.KEPT}{purchase.offer_id.hex}"
    if kept and not mine:
        raise NotPossible("kept_for_another", refusals.KEPT_FOR_ANOTHER)
    if not kept:
        wanted = listing_events.Reserve("asking", str(person.pk), purchase.shown_version)
        refused = listings.decide(machine, wanted, now_ms())
        if isinstance(refused, Refused):
            raise of_machine(refused)
    if purchase.offer_id is None and purchase.price_minor != listing.price_minor:
        raise of_machine(Refused(Code.LISTING_CHANGED))
    if listing.seller_id == person.pk:
        raise of_machine(Refused(Code.SELF_PURCHASE))


def _reach(listing: Listing) -> Reach:
    """How far penalties reach the seller. Raises `NotPossible` where nothing of theirs is sold."""
    reach = reach_of(listing.seller)
    if reach.stops:
        raise of_machine(Refused(Code.LISTING_GONE))
    return reach
