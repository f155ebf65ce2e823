"""Prices: the band that a seller is shown with its reason, and the history that everybody is shown."""

from __future__ import annotations

from typing import Final

from django.db.models import Count, Max, Q, QuerySet

from cardtrail.pricing.band import Band, band
from cardtrail.pricing.history import Day, daily
from cardtrail.pricing.sales import Sale, Ware
from cardtrail.risk.rings import Traded, hollow
from cardtrail.web.ledger.models import Card
from cardtrail.web.market.models import Listing, Sold
from cardtrail.web.orders import records
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text

BACK_MS: Final = 180 * DAY_MS
"""Older sales say nothing about a price."""

MOST: Final = 20_000
"""So many sales are looked at, the newest."""


def sales(currency: str) -> list[Sale]:
    """What was sold lately in a currency, with what says nothing about a price marked so. Read anew only when there
    was another sale, or one was called back: pages ask for it all the time."""
    since_ms = now_ms() - BACK_MS
    made = Sold.objects.filter(currency=currency, at_ms__gte=since_ms)
    state = made.aggregate(
        count=Count("deal", filter=Sold.STANDS),
        last=Max("at_ms"),
        linked=Count("deal", filter=Q(linked=True)),
        called_back=Max("called_back_ms"),
    )
    lately = made.filter(Sold.STANDS)
    known = _read.get(currency)
    if known is None or known[0] != state:
        known = _read[currency] = (state, _sales(list(lately.order_by("-at_ms")[:MOST]), lately))
    return known[1]


_read: dict[str, tuple[dict[str, object], list[Sale]]] = {}


def _sales(rows: list[Sold], lately: QuerySet[Sold]) -> list[Sale]:
    """Sales, with those marked that say nothing. A gift is a part of a round as a sale is: whoever gives a card back to
    whom they bought it from has not bought it."""
    sold = [
        Traded(
            id=str(row.deal),
            card=str(row.serial),
            seller=str(row.seller_id),
            buyer=str(row.buyer_id),
            at_ms=row.at_ms,
        )
        for row in rows
    ]
    nothing = hollow([*sold, *records.given_away(lately.values("serial"), now_ms() - BACK_MS)])
    return [_as_sale(row, row.linked or str(row.deal) in nothing) for row in rows]


def band_of(card: Card, known: list[Sale], *, cap_bp: int, buyback_minor: int | None = None) -> Band:
    """Between which prices a card sells, and why."""
    ware = Ware(
        currency=card.currency,
        balance_minor=card.balance_minor,
        activated_ms=card.activated_ms or 0,
        expires_ms=card.expires_ms,
    )
    return band(ware, known, now_ms=now_ms(), buyback_minor=buyback_minor, cap_bp=cap_bp)


def band_of_listing(listing: Listing, known: list[Sale]) -> Band:
    """The same for a card on offer."""
    return band(_ware(listing), known, now_ms=now_ms())


def reason_of(priced: Band) -> Text:
    """Why a band is what it is, as a sentence of its own."""
    reason = priced.reason
    return Text(reason.zh, reason.en[:1].upper() + reason.en[1:])


def days(currency: str, size: int | None, known: list[Sale]) -> list[Day]:
    """The public days of prices of a currency and size of cards."""
    return daily(known, currency, size, until_ms=now_ms())


def _ware(of: Listing | Sold) -> Ware:
    return Ware(
        currency=of.currency,
        balance_minor=of.balance_minor,
        activated_ms=of.activated_ms,
        expires_ms=of.expires_ms,
    )


def _as_sale(row: Sold, linked: bool) -> Sale:
    return Sale(
        id=str(row.deal),
        ware=_ware(row),
        price_minor=row.price_minor,
        at_ms=row.at_ms,
        seller=str(row.seller_id),
        buyer=str(row.buyer_id),
        linked=linked,
    )
