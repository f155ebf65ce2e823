"""The offer machine: `decide(offer, event, now_ms)`, its table, and how an offer begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from cardtrail.deals import offer_events as events
from cardtrail.deals.codes import Code, Refused
from cardtrail.deals.deadlines import Timer, next_due, started
from cardtrail.deals.decided import Decided
from cardtrail.deals.offer_effects import AnyOfferEffect, OpenOrder, TellParty
from cardtrail.deals.offer_state import Offer, OfferState
from cardtrail.deals.parameters import MOST_ROUNDS, PERIODS
from cardtrail.deals.regions import Side
from cardtrail.deals.rows import SINCE_THEN, Nothing, Table, Trigger, on, table, timer

S = OfferState
LIVE = (S.OPEN, S.COUNTERED)
DEAD = (S.REJECTED, S.WITHDRAWN, S.EXPIRED, S.SUPERSEDED)


class OfferDraft:
    """A decision in the making. Dropped whole if the move refuses."""

    def __init__(self, offer: Offer, now_ms: int) -> None:
        self.offer = offer
        self.now_ms = now_ms
        self.effects: list[AnyOfferEffect] = []

    def enter(self, state: OfferState, *tell: Side, **changes: Any) -> None:
        """Go to a state, and tell these parties. The timer runs anew while somebody is asked."""
        length_ms = PERIODS[Timer.OFFER].length_ms
        running = (started(Timer.OFFER, self.now_ms, length_ms),) if state in LIVE else ()
        self.offer = replace(self.offer, state=state, deadlines=running, **changes)
        for side in tell:
            key = f"{self.offer.id}/tell/{state.value}/{side.value}/{self.offer.version + 1}"
            self.effects.append(TellParty(key, side, state.value))


def _asked(move: Callable[[OfferDraft, Any, Side], Code | None]) -> Callable[[OfferDraft, Any], Code | None]:
    """A move of whoever is asked, and of nobody else."""

    def checked(draft: OfferDraft, event: events.ByOne) -> Code | None:
        side = draft.offer.side(event.by)
        if side is None:
            return Code.NOT_A_PARTY
        return Code.OWN_TURN if side is draft.offer.asker else move(draft, event, side)

    checked.__name__, checked.__doc__ = move.__name__, move.__doc__
    return checked


@_asked
def counter(draft: OfferDraft, event: events.Counter, side: Side) -> Code | None:
    """Another price: the other is asked now."""
    if event.price_minor == draft.offer.price_minor:
        return Code.SAME_PRICE
    if draft.offer.rounds >= MOST_ROUNDS:
        return Code.TOO_MANY_ROUNDS
    state = S.OPEN if side is Side.BUYER else S.COUNTERED
    draft.enter(state, side.other, price_minor=event.price_minor, rounds=draft.offer.rounds + 1)
    return None


@_asked
def accept(draft: OfferDraft, event: events.AcceptOffer, side: Side) -> Code | None:
    """Agreed, if the listing is still what it was about."""
    offer = draft.offer
    if event.listing_version != offer.listing_version:
        return Code.LISTING_CHANGED
    draft.effects.append(OpenOrder(f"{offer.id}/open-order", offer.price_minor, offer.listing_version))
    draft.enter(S.ACCEPTED, side.other)
    return None


@_asked
def reject(draft: OfferDraft, event: events.RejectOffer, side: Side) -> Code | None:
    """No."""
    draft.enter(S.REJECTED, side.other)
    return None


def take_back(draft: OfferDraft, event: events.TakeBackOffer) -> Code | None:
    """Whoever asked does not any more."""
    side = draft.offer.side(event.by)
    if side is None:
        return Code.NOT_A_PARTY
    if side is not draft.offer.asker:
        return Code.NOT_OFFERED_BY_YOU
    draft.enter(S.WITHDRAWN, side.other)
    return None


def supersede(draft: OfferDraft, event: events.Supersede) -> None:
    """There is nothing any more that it would be for."""
    draft.enter(S.SUPERSEDED, Side.BUYER)


def expire(draft: OfferDraft, event: object) -> None:
    """Nobody answered in time."""
    draft.enter(S.EXPIRED, Side.BUYER, Side.SELLER)


ROWS: Final = (
    on(events.Counter, counter, *LIVE),
    on(events.Counter, Code.OFFER_ACCEPTED, S.ACCEPTED),
    on(events.Counter, Code.OFFER_OVER, *DEAD),
    on(events.AcceptOffer, accept, *LIVE),
    on(events.AcceptOffer, SINCE_THEN, S.ACCEPTED),
    on(events.AcceptOffer, Code.OFFER_OVER, *DEAD),
    on(events.RejectOffer, reject, *LIVE),
    on(events.RejectOffer, Code.OFFER_ACCEPTED, S.ACCEPTED),
    on(events.RejectOffer, SINCE_THEN, *DEAD),
    on(events.TakeBackOffer, take_back, *LIVE),
    on(events.TakeBackOffer, Code.OFFER_ACCEPTED, S.ACCEPTED),
    on(events.TakeBackOffer, SINCE_THEN, *DEAD),
    on(events.Supersede, supersede, *LIVE),
    on(events.Supersede, SINCE_THEN, S.ACCEPTED, *DEAD),
    *timer(Timer.OFFER, expire, *LIVE),
)

TABLE: Final[Table] = table(ROWS)
"""What each trigger does in each state."""

TRIGGERS: Final[tuple[Trigger, ...]] = tuple(dict.fromkeys(trigger for _, trigger in TABLE))


def open_offer(
    *, id: str, listing: str, listing_version: int, seller: str, buyer: str, price_minor: int, currency: str,
    now_ms: int,
) -> Decided[Offer, AnyOfferEffect] | Refused:  # fmt: skip
    """A buyer offers a price for a listing as it is shown now."""
    if buyer == seller:
        return Refused(Code.SELF_PURCHASE)
    offer = Offer(
        id=id,
        listing=listing,
        listing_version=listing_version,
        seller=seller,
        buyer=buyer,
        price_minor=price_minor,
        currency=currency,
        opened_ms=now_ms,
        changed_ms=now_ms,
    )
    draft = OfferDraft(offer, now_ms)
    draft.enter(S.OPEN, Side.SELLER)
    return Decided(draft.offer, tuple(draft.effects))


def decide(offer: Offer, event: events.OfferEvent, now_ms: int) -> Decided[Offer, AnyOfferEffect] | Refused:
    """What becomes of an offer by an event; as `order.decide`, a deadline that is over takes effect first."""
    draft = OfferDraft(offer, max(now_ms, offer.changed_ms))
    deadline = next_due(offer.deadlines, draft.now_ms)
    if deadline is not None:
        _apply(draft, deadline.timer, event)
    if not isinstance(event, events.OfferDeadlinePassed):
        code = _apply(draft, type(event), event)
        if code is not None:
            return Refused(code)
    if draft.offer == offer and not draft.effects:
        return Decided(offer)
    after = replace(draft.offer, version=offer.version + 1, changed_ms=draft.now_ms)
    return Decided(after, tuple(draft.effects))


def _apply(draft: OfferDraft, trigger: Trigger, event: events.OfferEvent) -> Code | None:
    rule = TABLE[draft.offer.state, trigger]
    if isinstance(rule, Code):
        return rule
    return None if isinstance(rule, Nothing) else rule(draft, event)
