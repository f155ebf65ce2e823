"""What is always true. A broken invariant is a bug, never bad input, and stops whoever finds it."""

from __future__ import annotations

from collections.abc import Iterable

from cardtrail.ledger.change import Change
from cardtrail.ledger.state import State
from cardtrail.ledger.totals import totals_after
from cardtrail.wire.cards import Card, Status
from cardtrail.wire.money import Totals, no_totals


class InvariantBroken(RuntimeError):  # noqa: N818 - it names what happened
    """The rules led to a state that must not exist. The node stops; nothing of the batch is kept."""


def check_change(change: Change) -> None:
    """The invariants of single cards: no negative balance, none above the face, one owner, hop and version
    only grow, a dead card never moves, and the sum over the cards moves exactly by what was issued, redeemed
    and voided."""
    moved = 0
    for before, after in zip(change.before, change.after, strict=True):
        if not 0 <= after.balance_minor <= after.face_minor or len(after.owner) != 32:
            raise InvariantBroken(f"card {after.serial} has a balance outside its face, or no owner")
        moved += after.balance_minor
        if before is None:
            continue
        moved -= before.balance_minor
        if (
            before.dead
            or after.serial != before.serial
            or after.version != before.version + 1
            or after.hop < before.hop
        ):
            raise InvariantBroken(f"card {before.serial} moved when dead, or its counters did not grow")
        if after.owner != before.owner and after.hop != before.hop + 1:
            raise InvariantBroken(f"card {before.serial} changed its owner without a hop")
    if moved != change.issued - change.redeemed - change.voided:
        raise InvariantBroken("a command made or lost value")


def check_totals(totals: Totals) -> None:
    """The invariants of a currency: issued = outstanding + redeemed + voided, and parts within the whole."""
    if totals.issued != totals.outstanding + totals.redeemed + totals.voided:
        raise InvariantBroken(f"{totals.currency}: issued is not outstanding + redeemed + voided")
    if (
        min(totals.outstanding, totals.redeemed, totals.voided, totals.inactive, totals.held, totals.frozen)
        < 0
    ):
        raise InvariantBroken(f"{totals.currency}: a sum is negative")
    if max(totals.inactive, totals.held, totals.frozen) > totals.outstanding:
        raise InvariantBroken(f"{totals.currency}: a part is larger than what is outstanding")


def check_state(state: State, cards: Iterable[Card]) -> None:
    """The invariants of the whole: every card by itself, and the sums recomputed from all cards."""
    sums: dict[str, Totals] = {}
    count = 0
    for card in cards:
        if card.serial != count or card.product not in state.products:
            raise InvariantBroken(f"card {card.serial} is out of its place, or of no product")
        if card.dead and (card.balance_minor or card.hold or card.frozen_by):
            raise InvariantBroken(f"card {card.serial} is dead but holds a balance, a hold or a freeze")
        if card.status is Status.INACTIVE and (card.hold or card.frozen_by or card.hop):
            raise InvariantBroken(f"card {card.serial} moved before it was activated")
        currency = state.products[card.product].terms.currency
        alone = Change(before=(None,), after=(card,))
        sums[currency] = totals_after(sums.get(currency) or no_totals(currency), alone)
        count += 1
    if count != state.card_count:
        raise InvariantBroken(f"there are {count} cards, but the ledger counts {state.card_count}")
    for currency, totals in state.totals.items():
        check_totals(totals)
        seen = sums.get(currency) or no_totals(currency)
        if (seen.outstanding, seen.inactive, seen.held, seen.frozen) != (
            totals.outstanding,
            totals.inactive,
            totals.held,
            totals.frozen,
        ):
            raise InvariantBroken(f"{currency}: the sums do not agree with the cards")
