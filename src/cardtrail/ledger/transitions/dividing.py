"""`split` and `merge`: one card into several with the same sum, several into one.

Splitting is not passing on: the parts keep the card's owner key and its counters, so that neither the limit
on hops nor the cooling-off is shaken off by it. Merging cards of different keys is passing on, and the terms
for that apply: of a named product, nothing is merged into a card that nobody has claimed yet, for its bearer
never gave an identity. Parents are kept in the new cards' records: every path can be followed through any
number of splits and merges."""

from __future__ import annotations

from itertools import pairwise

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.ledger.checks import owned_card, refuse_clearance, refuse_passing_on, refuse_stopped
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.wire.cards import Card, Status
from cardtrail.wire.commands import CardVersion, Merge, Split
from cardtrail.wire.products import Terms
from cardtrail.wire.reasons import ORDER, Reason


def split(state: State, command: Split, request: Request, now_ms: int) -> Change | Reason:
    """The owner divides a card. The first part also takes over the face value already spent, so that refunds
    keep their room.
    """
    card = owned_card(state, command, request, now_ms)
    if isinstance(card, Reason):
        return card
    terms = state.products[card.product].terms
    reason = refuse_clearance(state, terms, request, now_ms)
    if reason is not None:
        return reason
    if not terms.split:
        return Reason.SPLIT_NOT_ALLOWED
    if sum(command.amounts_minor) != card.balance_minor:
        return Reason.PARTS_DO_NOT_SUM
    spent = card.face_minor - card.balance_minor
    parts = tuple(
        replace(
            card,
            serial=state.card_count + place,
            face_minor=amount + (spent if place == 0 else 0),
            balance_minor=amount,
            parents=(card.serial,),
            version=0,
            entry=state.size,
        )
        for place, amount in enumerate(command.amounts_minor)
    )
    ended = _ended(card, Status.SPLIT, state.size)
    return Change(before=(card, *(None for _ in parts)), after=(ended, *parts), currency=terms.currency)


def merge(state: State, command: Merge, request: Request, now_ms: int) -> Change | Reason:
    """Cards of one product become one, owned by the key of the first named. It has the most hops, the latest
    activation and the earliest expiry among them: merging makes nothing younger."""
    cards = _named_cards(state, command.cards)
    if isinstance(cards, Reason):
        return cards
    owners = tuple(sorted({card.owner for card in cards}))
    if request.signers != owners:
        return Reason.NOT_OWNER
    if any(card.version != named.version for card, named in zip(cards, command.cards, strict=True)):
        return Reason.WRONG_VERSION
    first = cards[0]
    terms = state.products[first.product].terms
    reason = (
        _earliest([refuse_stopped(card, now_ms) for card in cards])
        or refuse_clearance(state, terms, request, now_ms)
        or _refuse_merge_terms(cards, terms, passing=len(owners) > 1, now_ms=now_ms)
    )
    if reason is not None:
        return reason
    merged = Card(
        serial=state.card_count,
        product=first.product,
        face_minor=sum(card.face_minor for card in cards),
        balance_minor=sum(card.balance_minor for card in cards),
        owner=first.owner,
        status=Status.ACTIVE,
        frozen_by=None,
        hold=None,
        parents=tuple(card.serial for card in cards),
        hop=max(card.hop for card in cards) + (1 if len(owners) > 1 else 0),
        version=0,
        activated_ms=max(
            (card.activated_ms for card in cards if card.activated_ms is not None), default=None
        ),
        expires_ms=min((card.expires_ms for card in cards if card.expires_ms is not None), default=None),
        entry=state.size,
    )
    ended = tuple(_ended(card, Status.MERGED, state.size) for card in cards)
    return Change(before=(*cards, None), after=(*ended, merged), currency=terms.currency)


def _named_cards(state: State, named: tuple[CardVersion, ...]) -> list[Card] | Reason:
    cards = [state.card(name.serial) for name in named]
    if any(card is None for card in cards):
        return Reason.UNKNOWN_CARD
    if any(a.serial >= b.serial for a, b in pairwise(named)):
        return Reason.REPEATED_CARD
    known = [card for card in cards if card is not None]
    return Reason.CARD_DEAD if any(card.dead for card in known) else known


def _refuse_merge_terms(cards: list[Card], terms: Terms, *, passing: bool, now_ms: int) -> Reason | None:
    reasons = [refuse_passing_on(card, terms, now_ms, claim=False) for card in cards] if passing else []
    if not terms.merge:
        reasons.append(Reason.MERGE_NOT_ALLOWED)
    if any(card.product != cards[0].product for card in cards):
        reasons.append(Reason.PRODUCTS_DIFFER)
    if sum(card.face_minor for card in cards) > terms.face_limit_minor:
        reasons.append(Reason.FACE_OVER_LIMIT)
    if passing and terms.named and cards[0].hop == 0:
        reasons.append(Reason.ENVELOPE_MISSING)
    return _earliest(reasons)


def _earliest(reasons: list[Reason | None]) -> Reason | None:
    return min((reason for reason in reasons if reason is not None), key=ORDER.__getitem__, default=None)


def _ended(card: Card, status: Status, entry: int) -> Card:
    return replace(card, status=status, balance_minor=0, version=card.version + 1, entry=entry)
