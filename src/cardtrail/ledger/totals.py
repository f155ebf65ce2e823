"""The sums of a currency after a change."""

from __future__ import annotations

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.wire.cards import Card, Status
from cardtrail.wire.money import Totals
from cardtrail.wire.scalars import MAX_INTEGER


def totals_after(totals: Totals, change: Change) -> Totals:
    """The sums with a change taken in: what its cards counted for before is taken out, what they count for
    now put in.
    """
    outstanding, inactive, held, frozen = totals.outstanding, totals.inactive, totals.held, totals.frozen
    for card in change.before:
        if card is not None:
            outstanding -= card.balance_minor
            inactive -= _if_inactive(card)
            held -= _if_held(card)
            frozen -= _if_frozen(card)
    for card in change.after:
        outstanding += card.balance_minor
        inactive += _if_inactive(card)
        held += _if_held(card)
        frozen += _if_frozen(card)
    return replace(
        totals,
        issued=totals.issued + change.issued,
        outstanding=outstanding,
        redeemed=totals.redeemed + change.redeemed,
        voided=totals.voided + change.voided,
        inactive=inactive,
        held=held,
        frozen=frozen,
    )


def too_large(totals: Totals, more_minor: int) -> bool:
    """Whether issuing that much more would leave the range of exact integers."""
    return totals.issued + more_minor > MAX_INTEGER


def _if_inactive(card: Card) -> int:
    return card.balance_minor if card.status is Status.INACTIVE else 0


def _if_held(card: Card) -> int:
    return card.balance_minor if card.hold is not None else 0


def _if_frozen(card: Card) -> int:
    return card.balance_minor if card.frozen_by is not None else 0
