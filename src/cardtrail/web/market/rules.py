"""What may be sold, and for how much: the terms of the product, each refusal with its rule."""

from __future__ import annotations

from typing import Final

from cardtrail.deals.deadlines import Timer
from cardtrail.deals.parameters import PERIODS
from cardtrail.pricing.words import percent
from cardtrail.web.ledger.models import Card
from cardtrail.web.market import refusals
from cardtrail.web.orders.opening import HOLD_LEFT_MS
from cardtrail.web.ui.clock import DAY_MS, MINUTE_MS
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.times import moment, zone_for
from cardtrail.wire.money import format_money
from cardtrail.wire.products import Terms, Transferable

LISTED_MS: Final = PERIODS[Timer.LISTING].length_ms
"""How long a listing stays, where the product's terms allow the hold for so long."""

HOLD_MS: Final = LISTED_MS + HOLD_LEFT_MS + DAY_MS
"""How long the card is set aside: who buys on the last day still gets it."""

SHORTEST_MS: Final = HOLD_LEFT_MS + DAY_MS
"""A hold that ends sooner is of no use."""

MARGIN_MS: Final = 10 * MINUTE_MS
"""The hold is written a little later than it was agreed to, and its limit counts from then."""

WHOLE_BP: Final = 10_000


def hindrance(card: Card, terms: Terms, at_ms: int) -> Text | None:
    """Why a card cannot be sold now; none if it can."""
    if card.state != "active":
        return refusals.NOT_ACTIVE
    if terms.transferable is Transferable.NO:
        return refusals.NOT_TRANSFERABLE
    if terms.transferable is not Transferable.SALE:
        return refusals.NOT_FOR_SALE
    if card.hop >= terms.max_hops:
        return refusals.HOPS.format(n=terms.max_hops)
    free_ms = (card.activated_ms or 0) + terms.cooling_off_ms
    if at_ms < free_ms:
        return refusals.COOLING_OFF.format(when=moment(free_ms, zone_for(None)))
    if hold_until_ms(card, terms, at_ms) - at_ms < SHORTEST_MS:
        too_soon = card.expires_ms is not None and card.expires_ms - at_ms < SHORTEST_MS
        return refusals.EXPIRES_SOON if too_soon else refusals.HOLD_TOO_SHORT
    return None


def hold_until_ms(card: Card, terms: Terms, at_ms: int) -> int:
    """Until when the card is set aside: for a listing's time and one purchase, as far as terms and expiry allow."""
    ends_ms = min(at_ms + HOLD_MS, at_ms + terms.hold_limit_ms - MARGIN_MS)
    return ends_ms if card.expires_ms is None else min(ends_ms, card.expires_ms)


def cap_bp(terms: Terms) -> int:
    """The resale cap, as a share of the balance: the terms' own, and never more than the whole."""
    return min(terms.resale_cap_bp, WHOLE_BP)


def cap_minor(card: Card, terms: Terms) -> int:
    """The most that may be asked for a card."""
    return card.balance_minor * cap_bp(terms) // WHOLE_BP


def over_cap(card: Card, terms: Terms, price_minor: int) -> Text | None:
    """The refusal of a price above the cap."""
    most_minor = cap_minor(card, terms)
    if price_minor <= most_minor:
        return None
    cap = format_money(most_minor, card.currency)
    return refusals.OVER_CAP.format(cap=cap, share=percent(cap_bp(terms)))
