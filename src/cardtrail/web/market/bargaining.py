"""Questions, offers and counter-offers between one who might buy and the seller. One to one: nobody sees another's
offer, nothing is matched, the highest does not win; the seller answers whom they like.

When the seller accepts, the card is kept for the buyer for a while: only the buyer can confirm that they buy.
"""

from __future__ import annotations

import uuid
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest

from cardtrail.deals import listing_events, offer_events
from cardtrail.deals import offer as offers
from cardtrail.deals.codes import Code, Refused
from cardtrail.deals.deadlines import Deadline, Timer, paused, started
from cardtrail.deals.offer_effects import TellParty
from cardtrail.deals.regions import Side
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.views.signed_in import person_of
from cardtrail.web.actions.confirm import declare
from cardtrail.web.market import deciding, groups, refusals, saying, standings, telling
from cardtrail.web.market.models import Listing, Message, Offer, Talk
from cardtrail.web.market.refusals import NotPossible, of_machine, raise_if
from cardtrail.web.orders import outages
from cardtrail.web.ui.clock import HOUR_MS, MINUTE_MS, now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.money import format_money

KEEP_MS: Final = 2 * HOUR_MS
"""ours: how long a card is kept for a buyer whose offer was accepted: they have to see it, and the seller is not bound
for long."""

MOST_WAITING: Final = 10
"""ours: offers of one person that wait for answers. More is no bargaining, and each may come to bind a card."""

MOST_MESSAGES: Final = 20
PER_MS: Final = 10 * MINUTE_MS
"""ours: so many messages of one person in so much time."""

_OFFER: Final = Text(
    "为尾号 {last} 的卡出价 {price}。卖家接受后为我保留 2 小时，付款才算成交。",
    "Offer {price} for card …{last}. If the seller accepts, it is kept for me for 2 hours; I am bound when I pay.",
)
_COUNTER: Final = Text("为尾号 {last} 的卡还价 {price}。", "Ask or offer {price} for card …{last} instead.")
_ACCEPT: Final = Text(
    "接受 {price}，卖出尾号 {last} 的卡：为对方保留 2 小时，付清后卡归对方。",
    "Accept {price} for card …{last}: it is kept for the buyer for 2 hours, and theirs once they have paid.",
)
_REJECT: Final = Text("不接受 {price}。", "Do not accept {price}.")
_GIVE_WAY: Final = Text(
    "不按 {price} 购买，不必再为我保留。", "Do not buy for {price}; do not keep it for me."
)
_TAKE_BACK: Final = Text("撤回 {price} 的出价。", "Take back {price}.")


def talk_with(person: Person, listing: Listing) -> Talk:
    """The talk of somebody with the seller about a listing that they can see, made if there is none. Raises
    `NotPossible`."""
    if person.pk == listing.seller_id:
        raise NotPossible("own_listing", refusals.OWN_OFFER)
    known = Talk.objects.filter(listing=listing, buyer=person).first()
    if known is not None:
        return known
    if listing.stage not in {"listed", "reserved"} or not groups.may_see(person, listing):
        raise NotPossible("listing_gone", refusals.TALK_OVER)
    now = now_ms()
    made, _ = Talk.objects.get_or_create(
        listing=listing,
        buyer=person,
        defaults={"seller_id": listing.seller_id, "opened_ms": now, "heard_ms": now},
    )
    return made


def say(person: Person, talk: Talk, raw: str) -> Message:
    """One of the two writes to the other. Raises `NotPossible`."""
    text = saying.tidy(raw)
    if not text:
        raise NotPossible("empty", refusals.EMPTY, "text")
    if len(text) > saying.MOST_CHARS or len(raw) > saying.MOST_RAW:
        raise NotPossible("too_long", refusals.TOO_LONG.format(n=saying.MOST_CHARS), "text")
    now = now_ms()
    with transaction.atomic():
        if not talk.listing.open and not talk.listing.stage == "sold":
            raise NotPossible("talk_over", refusals.TALK_OVER)
        if talk.listing.open:
            _in_sight(talk.buyer, talk.listing, person)
        lately = Message.objects.filter(by=person, at_ms__gt=now - PER_MS).count()
        if lately >= MOST_MESSAGES:
            raise NotPossible("too_fast", refusals.TOO_FAST, "text")
        message = Message.objects.create(
            talk=talk, by=person, text=text, warned=saying.warnings_in(text), at_ms=now
        )
        Talk.objects.filter(pk=talk.pk).update(heard_ms=now)
        telling.tell_message(message, talk.seller if person.pk == talk.buyer_id else talk.buyer)
    return message


def offer(request: HttpRequest, talk: Talk, price_minor: int, shown_version: int) -> Offer:
    """The buyer offers a price for the listing as they saw it. Raises `NotPossible`."""
    person = person_of(request)
    try:
        with transaction.atomic():
            listing = deciding.lock(talk.listing_id)
            _check(person, listing, price_minor, shown_version)
            made = _write(talk, listing, person, price_minor)
            _declare(request, _OFFER, made, "offer")
            return made
    except IntegrityError:
        if Offer.objects.filter(talk=talk, stage__in=Offer.LIVE).exists():
            raise NotPossible("offer_exists", refusals.OFFER_EXISTS) from None
        raise


def counter(request: HttpRequest, offer_id: UUID, price_minor: int) -> Offer:
    """Whoever is asked names another price. Raises `NotPossible`."""
    person = person_of(request)

    def event(listing: Listing, offer: Offer) -> offer_events.OfferEvent:
        _in_sight(offer.buyer, listing, person)
        if price_minor >= listing.price_minor:
            price = format_money(listing.price_minor, listing.currency)
            own = person.pk == listing.seller_id
            words = refusals.COUNTER_TOO_HIGH if own else refusals.OFFER_TOO_HIGH
            raise NotPossible("offer_too_high", words.format(price=price), "price")
        return offer_events.Counter(str(person.pk), price_minor)

    return _act(request, offer_id, event, _COUNTER, "counter", price_minor)


def reject(request: HttpRequest, offer_id: UUID) -> Offer:
    """Whoever is asked says no. Raises `NotPossible`."""
    by = str(person_of(request).pk)
    return _act(request, offer_id, lambda *_: offer_events.RejectOffer(by), _REJECT, "reject")


def take_back(request: HttpRequest, offer_id: UUID) -> Offer:
    """Whoever asked does not any more. Raises `NotPossible`."""
    by = str(person_of(request).pk)
    return _act(request, offer_id, lambda *_: offer_events.TakeBackOffer(by), _TAKE_BACK, "take_back")


def accept_as_seller(request: HttpRequest, offer_id: UUID) -> Offer:
    """The seller agrees: the card is kept for the buyer, who has to confirm that they buy. Raises `NotPossible`."""
    person = person_of(request)
    left = deciding.Left()
    with transaction.atomic():
        listing, offer = locked(offer_id)
        if person.pk != listing.seller_id:
            raise of_machine(Refused(Code.NOT_THE_SELLER))
        _in_sight(offer.buyer, listing, person)
        event = offer_events.AcceptOffer(str(person.pk), listing.shown_version)
        raise_if(deciding.change_offer(offer, event, Side.SELLER.value, left))
        if offer.kept_until_ms is not None:
            return offer  # The same form twice.
        keep = listing_events.Reserve(
            deciding.kept_for(offer), str(offer.buyer_id), offer.machine.listing_version
        )
        deciding.must(listing, keep, left)
        offer.kept_until_ms = _keeping(offer).at_ms
        offer.save(update_fields=["kept_until_ms"])
        _declare(request, _ACCEPT, offer, "accept_offer")
        _supersede_others(listing, offer, left)
    deciding.go(left)
    return offer


def give_way(request: HttpRequest, offer_id: UUID) -> None:
    """The buyer for whom a card is kept does not want it any more. Raises `NotPossible`."""
    with transaction.atomic():
        _, offer = locked(offer_id)
        if offer.kept_until_ms is None or offer.buyer_id != person_of(request).pk:
            raise NotPossible("not_kept", refusals.NOT_KEPT)
        _declare(request, _GIVE_WAY, offer, "give_way")
    stop_keeping(offer_id)


def stop_keeping(offer_id: UUID) -> None:
    """The card is not kept for that buyer any more: the time is over, or they do not want it. It is offered again."""
    left = deciding.Left()
    with transaction.atomic():
        listing, offer = locked(offer_id)
        if offer.kept_until_ms is None:
            return
        offer.kept_until_ms = None
        offer.save(update_fields=["kept_until_ms"])
        deciding.must(listing, listing_events.Freed(deciding.kept_for(offer), usable=True), left)
    deciding.go(left)


def let_go_of(person: Person) -> None:
    """Whoever deletes their account wants nothing any more: their offers end, and no card is kept for them. In the
    caller's transaction."""
    mine = Offer.objects.filter(buyer=person).filter(Q(stage__in=Offer.LIVE) | Q(kept_until_ms__isnull=False))
    by = str(person.pk)
    for offer_id in mine.order_by("opened_ms", "pk").values_list("pk", flat=True):
        stop_keeping(offer_id)
        _, offer = locked(offer_id)
        asked = offer.machine.asker is Side.BUYER
        event = offer_events.TakeBackOffer(by) if asked else offer_events.RejectOffer(by)
        # Refused only where it has just run out.
        deciding.change_offer(offer, event, Side.BUYER.value, deciding.Left())


def still_kept(offer: Offer, now: int) -> bool:
    """Whether the card is kept for the buyer now. As any deadline, this one pauses over our outages: nobody could buy
    meanwhile."""
    if offer.kept_until_ms is None:
        return False
    return offer.kept_until_ms > now or _kept_until_ms(offer, now) > now


def stop_keeping_in_time(offer_id: UUID, now: int) -> bool:
    """The card is kept no longer, if its time is over without our outages; else it is noted until when. Whether it was
    kept until now."""
    with transaction.atomic():
        _, offer = locked(offer_id)
        if still_kept(offer, now):
            offer.kept_until_ms = _kept_until_ms(offer, now)
            offer.save(update_fields=["kept_until_ms"])
            return False
    stop_keeping(offer_id)
    return True


def _in_sight(buyer: Person, listing: Listing, reader: Person) -> None:
    """Whoever was removed from the group that a card is offered in alone bargains for it no longer. Raises
    `NotPossible`, with words for one of the two."""
    if not groups.may_see(buyer, listing):
        text = refusals.TALK_OVER if reader.pk == buyer.pk else refusals.NOT_IN_SIGHT
        raise NotPossible("talk_over", text)


def _keeping(offer: Offer) -> Deadline:
    """How long an accepted offer's card is kept, from its acceptance: the last change of an offer."""
    return started(Timer.OFFER, offer.changed_ms, KEEP_MS)


def _kept_until_ms(offer: Offer, now: int) -> int:
    return paused(_keeping(offer), outages.known(offer.changed_ms, now)).at_ms


def locked(offer_id: UUID) -> tuple[Listing, Offer]:
    """An offer's listing and the offer, their rows locked in that order. Raises `Offer.DoesNotExist`."""
    listing_id = Offer.objects.values_list("listing_id", flat=True).get(pk=offer_id)
    return deciding.lock(listing_id), deciding.lock_offer(offer_id)


def _act(
    request: HttpRequest,
    offer_id: UUID,
    event: Any,
    text: Text,
    purpose: str,
    price_minor: int | None = None,
) -> Offer:
    left = deciding.Left()
    person = person_of(request)
    with transaction.atomic():
        listing, offer = locked(offer_id)
        side = Side.SELLER if person.pk == listing.seller_id else Side.BUYER
        raise_if(deciding.change_offer(offer, event(listing, offer), side.value, left), "price")
        _declare(request, text, offer, purpose)
    return offer


def _check(person: Person, listing: Listing, price_minor: int, shown_version: int) -> None:
    if listing.stage != "listed" or not groups.may_see(person, listing):
        raise NotPossible("listing_gone", refusals.TALK_OVER)
    if listing.shown_version != shown_version:
        raise of_machine(Refused(Code.LISTING_CHANGED))
    if price_minor >= listing.price_minor:
        price = format_money(listing.price_minor, listing.currency)
        raise NotPossible("offer_too_high", refusals.OFFER_TOO_HIGH.format(price=price), "price")
    standings.check_currency(listing.currency)
    room = standings.room_of(person)
    if price_minor > room.limits.order_minor:
        most = format_money(room.limits.order_minor, listing.currency)
        raise NotPossible("price_over_limit", refusals.OVER_VALUE.format(most=most), "price")
    if Offer.objects.filter(buyer=person, stage__in=Offer.LIVE).count() >= MOST_WAITING:
        raise NotPossible("too_many_offers", refusals.TOO_MANY_OFFERS.format(n=MOST_WAITING))


def _write(talk: Talk, listing: Listing, person: Person, price_minor: int) -> Offer:
    id, now = uuid.uuid4(), now_ms()
    decided = offers.open_offer(
        id=str(id),
        listing=str(listing.pk),
        listing_version=listing.shown_version,
        seller=str(listing.seller_id),
        buyer=str(person.pk),
        price_minor=price_minor,
        currency=listing.currency,
        now_ms=now,
    )
    if isinstance(decided, Refused):
        raise of_machine(decided)
    made = Offer.objects.create(
        id=id,
        **deciding.offer_columns(decided.after),
        talk=talk,
        listing=listing,
        buyer=person,
        currency=listing.currency,
        opened_ms=now,
    )
    deciding.note_round(made, Side.BUYER.value)
    for effect in decided.effects:
        if isinstance(effect, TellParty):
            telling.tell_party(made, effect)
    return made


def _declare(request: HttpRequest, text: Text, offer: Offer, purpose: str) -> None:
    words = text.format(last=offer.listing.last_four, price=format_money(offer.price_minor, offer.currency))
    declare(
        request,
        purpose=purpose,
        text=words,
        about={"offer": str(offer.pk), "price_minor": offer.price_minor},
    )


def _supersede_others(listing: Listing, accepted: Offer, left: deciding.Left) -> None:
    others = Offer.objects.filter(listing=listing, stage__in=Offer.LIVE).exclude(pk=accepted.pk)
    for other in others.order_by("pk").select_for_update(of=("self",), no_key=True):
        deciding.change_offer(other, offer_events.Supersede(), "", left)
