"""What an accepted command makes of the cards it touches. No checks: the ledger has made them already.

The ledger's own rules decide whether a command is accepted; this says only what follows from it. A seal's count of
cards and totals must come out the same, or the projection is wrong and says so (`follow`).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from cardtrail.wire.cards import Card, Held, HoldKind, Status
from cardtrail.wire.commands import (
    Activate,
    Body,
    Freeze,
    Hold,
    Issue,
    Merge,
    Rebind,
    Redeem,
    Refund,
    Release,
    Return,
    Split,
    Transfer,
    Unfreeze,
    Void,
)
from cardtrail.wire.products import Terms

REBIND_WINDOW_MS = 30 * 24 * 3600 * 1000
"""How long a claimant has once a rebind's delay is over (docs/reference/formats.md)."""

ReadCard = Callable[[int], Card]
ReadTerms = Callable[[int], Terms]


def touched(body: Body) -> range | tuple[int, ...]:
    """The serials of existing cards that a command names."""
    if isinstance(body, Activate):
        return range(body.first_serial, body.first_serial + body.count)
    if isinstance(body, Merge):
        return tuple(named.serial for named in body.cards)
    serial = getattr(body, "serial", None)
    return () if serial is None else (serial,)


def after(
    body: Body, index: int, time_ms: int, next_serial: int, card_of: ReadCard, terms_of: ReadTerms
) -> list[Card]:
    """The records of all cards that entry `index` changed or made, as they are after it."""
    match body:
        case Issue():
            return _issued(body, index)
        case Activate():
            terms = terms_of(card_of(body.first_serial).product)
            return [_activated(card_of(serial), terms, index, time_ms) for serial in touched(body)]
        case Split():
            return _split(card_of(body.serial), body, index, next_serial)
        case Merge():
            return _merged([card_of(named.serial) for named in body.cards], index, next_serial)
        case (
            Transfer()
            | Hold()
            | Release()
            | Return()
            | Redeem()
            | Refund()
            | Freeze()
            | Unfreeze()
            | Void()
            | Rebind()
        ):
            card = card_of(body.serial)
            changed = _changed(card, body, time_ms, terms_of)
            return [replace(changed, version=card.version + 1, entry=index)]
        case _:
            return []


def _changed(card: Card, body: Body, time_ms: int, terms_of: ReadTerms) -> Card:
    match body:
        case Transfer():
            return replace(card, owner=body.owner, hop=card.hop + 1)
        case Hold():
            kind = HoldKind.GIFT if body.price_minor is None else HoldKind.SALE
            held = Held(kind, body.release, time_ms, body.until_ms, body.price_minor, body.reference)
            return replace(card, hold=held)
        case Release():
            return replace(card, owner=body.owner, hold=None, hop=card.hop + 1)
        case Return():
            return replace(card, hold=None)
        case Redeem():
            return replace(card, balance_minor=card.balance_minor - body.amount_minor)
        case Refund():
            return replace(card, balance_minor=card.balance_minor + body.amount_minor)
        case Freeze():
            return replace(card, frozen_by=body.by)
        case Unfreeze():
            return replace(card, frozen_by=None)
        case Void():
            return replace(card, balance_minor=0, status=Status.VOID, frozen_by=None, hold=None)
        case Rebind():
            begins_ms = time_ms + terms_of(card.product).rebind_delay_ms
            held = Held(
                HoldKind.REBIND, body.release, begins_ms, begins_ms + REBIND_WINDOW_MS, None, body.case
            )
            return replace(card, hold=held)
        case _:
            raise TypeError(f"{type(body).__name__} changes no single card")


def _issued(body: Issue, index: int) -> list[Card]:
    return [
        Card(
            serial=serial,
            product=body.product,
            face_minor=body.face_minor,
            balance_minor=body.face_minor,
            owner=owner,
            status=Status.INACTIVE,
            frozen_by=None,
            hold=None,
            parents=(),
            hop=0,
            version=0,
            activated_ms=None,
            expires_ms=None,
            entry=index,
        )
        for serial, owner in enumerate(body.owners, body.first_serial)
    ]


def _activated(card: Card, terms: Terms, index: int, time_ms: int) -> Card:
    return replace(
        card,
        status=Status.ACTIVE,
        activated_ms=time_ms if card.activated_ms is None else card.activated_ms,
        expires_ms=None if terms.validity_ms is None else time_ms + terms.validity_ms,
        version=card.version + 1,
        entry=index,
    )


def _split(card: Card, body: Split, index: int, next_serial: int) -> list[Card]:
    spent = card.face_minor - card.balance_minor
    parts = [
        replace(
            card,
            serial=next_serial + place,
            face_minor=amount + (spent if place == 0 else 0),
            balance_minor=amount,
            parents=(card.serial,),
            version=0,
            entry=index,
        )
        for place, amount in enumerate(body.amounts_minor)
    ]
    return [_ended(card, Status.SPLIT, index), *parts]


def _merged(cards: list[Card], index: int, next_serial: int) -> list[Card]:
    first = cards[0]
    passing = len({card.owner for card in cards}) > 1
    merged = replace(
        first,
        serial=next_serial,
        face_minor=sum(card.face_minor for card in cards),
        balance_minor=sum(card.balance_minor for card in cards),
        status=Status.ACTIVE,
        parents=tuple(card.serial for card in cards),
        hop=max(card.hop for card in cards) + (1 if passing else 0),
        version=0,
        activated_ms=max(
            (card.activated_ms for card in cards if card.activated_ms is not None), default=None
        ),
        expires_ms=min((card.expires_ms for card in cards if card.expires_ms is not None), default=None),
        entry=index,
    )
    return [*(_ended(card, Status.MERGED, index) for card in cards), merged]


def _ended(card: Card, status: Status, index: int) -> Card:
    return replace(card, status=status, balance_minor=0, version=card.version + 1, entry=index)
