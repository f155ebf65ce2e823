"""The listing machine: `decide(listing, event, now_ms)`, its table, and how a listing begins."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from cardtrail.deals import listing_events as events
from cardtrail.deals import listing_moves as moves
from cardtrail.deals.codes import Code, Refused
from cardtrail.deals.deadlines import Timer, next_due, without
from cardtrail.deals.decided import Decided
from cardtrail.deals.listing_effects import AnyListingEffect
from cardtrail.deals.listing_state import Listing, ListingState
from cardtrail.deals.rows import NOT_RUNNING, SINCE_THEN, Nothing, Table, Trigger, on, table

S = ListingState
OFF = (S.DELISTED, S.EXPIRED, S.WITHDRAWN)
BEFORE = (S.DRAFT, S.SCREENING)

ROWS: Final = (
    on(events.Publish, moves.publish, S.DRAFT),
    on(events.Publish, SINCE_THEN, S.SCREENING, S.LISTED, S.RESERVED),
    on(events.Publish, Code.LISTING_GONE, *OFF),
    on(events.Publish, Code.LISTING_SOLD, S.SOLD),
    on(events.Cleared, moves.clear, S.SCREENING),
    on(events.Cleared, SINCE_THEN, *(state for state in S if state is not S.SCREENING)),
    on(events.ScreenRefused, moves.screen_out, S.SCREENING),
    on(events.ScreenRefused, SINCE_THEN, *(state for state in S if state is not S.SCREENING)),
    on(events.HoldPlaced, moves.place_hold, S.SCREENING, S.DELISTED),
    on(events.HoldPlaced, moves.hold_in_vain, S.EXPIRED, S.WITHDRAWN),
    on(events.HoldPlaced, SINCE_THEN, S.DRAFT, S.LISTED, S.RESERVED, S.SOLD),
    on(events.HoldRefused, moves.no_hold, S.SCREENING, S.DELISTED),
    on(events.HoldRefused, SINCE_THEN, S.DRAFT, S.LISTED, S.RESERVED, S.SOLD, S.EXPIRED, S.WITHDRAWN),
    on(events.Edit, moves.edit_draft, S.DRAFT),
    on(events.Edit, Code.LISTING_NOT_YET, S.SCREENING),
    on(events.Edit, moves.edit, S.LISTED),
    on(events.Edit, Code.LISTING_IS_SOLD_NOW, S.RESERVED),
    on(events.Edit, Code.LISTING_GONE, *OFF),
    on(events.Edit, Code.LISTING_SOLD, S.SOLD),
    on(events.Withdraw, moves.withdraw, *BEFORE, S.LISTED, S.DELISTED),
    on(events.Withdraw, Code.LISTING_IS_SOLD_NOW, S.RESERVED),
    on(events.Withdraw, Code.LISTING_SOLD, S.SOLD),
    on(events.Withdraw, SINCE_THEN, S.EXPIRED, S.WITHDRAWN),
    on(events.Delist, Code.LISTING_NOT_YET, S.DRAFT),
    on(events.Delist, moves.delist, S.SCREENING, S.LISTED),
    on(events.Delist, moves.delist_reserved, S.RESERVED),
    on(events.Delist, SINCE_THEN, *OFF, S.SOLD),
    on(events.Overturn, Code.NOT_DELISTED, S.DRAFT),
    on(events.Overturn, moves.overturn, *(state for state in S if state is not S.DRAFT)),
    on(events.CardGone, moves.card_gone, *BEFORE, S.LISTED, S.DELISTED),
    on(events.CardGone, moves.card_gone_reserved, S.RESERVED),
    on(events.CardGone, SINCE_THEN, S.SOLD, S.EXPIRED, S.WITHDRAWN),
    on(events.Reserve, Code.LISTING_NOT_YET, *BEFORE),
    on(events.Reserve, moves.reserve, S.LISTED),
    on(events.Reserve, moves.reserve_again, S.RESERVED),
    on(events.Reserve, Code.LISTING_GONE, *OFF),
    on(events.Reserve, Code.LISTING_SOLD, S.SOLD),
    on(events.Freed, moves.free, S.RESERVED),
    on(events.Freed, SINCE_THEN, *(state for state in S if state is not S.RESERVED)),
    on(events.Sold, moves.sell, S.RESERVED),
    on(events.Sold, SINCE_THEN, *(state for state in S if state is not S.RESERVED)),
    on(Timer.LISTING, moves.expire, S.SCREENING, S.LISTED, S.DELISTED),
    on(Timer.LISTING, moves.expire_reserved, S.RESERVED),
    on(Timer.LISTING, NOT_RUNNING, S.DRAFT, S.SOLD, S.EXPIRED, S.WITHDRAWN),
)

TABLE: Final[Table] = table(ROWS)
"""What each trigger does in each state."""

TRIGGERS: Final[tuple[Trigger, ...]] = tuple(dict.fromkeys(trigger for _, trigger in TABLE))

BY_SELLER: Final = (events.Publish, events.Edit, events.Withdraw)


def draft_listing(
    *, id: str, seller: str, serial: int, price_minor: int, currency: str, now_ms: int,
    held_price_minor: int | None = None,
) -> Listing:  # fmt: skip
    """A card that somebody means to sell. `held_price_minor`: the highest price they confirm, for later changes."""
    highest_minor = price_minor if held_price_minor is None else max(price_minor, held_price_minor)
    return Listing(
        id=id,
        seller=seller,
        serial=serial,
        price_minor=price_minor,
        held_price_minor=highest_minor,
        currency=currency,
        opened_ms=now_ms,
        changed_ms=now_ms,
    )


def decide(
    listing: Listing, event: events.ListingEvent, now_ms: int
) -> Decided[Listing, AnyListingEffect] | Refused:
    """What becomes of a listing by an event; as `order.decide`, deadlines that are over take effect first."""
    if isinstance(event, BY_SELLER) and event.by != listing.seller:
        return Refused(Code.NOT_THE_SELLER)
    draft = moves.ListingDraft(listing, max(now_ms, listing.changed_ms))
    deadline = next_due(listing.deadlines, draft.now_ms)
    if deadline is not None:
        draft.set(deadlines=without(listing.deadlines, deadline.timer))
        _apply(draft, deadline.timer, event)
    if not isinstance(event, events.ListingDeadlinePassed):
        code = _apply(draft, type(event), event)
        if code is not None:
            return Refused(code)
    if draft.listing == listing and not draft.effects:
        return Decided(listing)
    after = replace(draft.listing, version=listing.version + 1, changed_ms=draft.now_ms)
    return Decided(after, tuple(draft.effects))


def _apply(draft: moves.ListingDraft, trigger: Trigger, event: events.ListingEvent) -> Code | None:
    rule = TABLE[draft.listing.state, trigger]
    if isinstance(rule, Code):
        return rule
    return None if isinstance(rule, Nothing) else rule(draft, event)
