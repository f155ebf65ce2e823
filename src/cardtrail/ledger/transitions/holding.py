"""`hold`, `release`, `return`: a card set aside. An escrow sale, a gift link, a claim in a group and a
pending rebind are all this, with different release keys."""

from __future__ import annotations

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.ledger.checks import (
    holds_role,
    is_expired,
    owned_card,
    refuse_clearance,
    refuse_new_owner,
    refuse_passing_on,
)
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.signing.keys import is_usable_key
from cardtrail.wire.cards import Card, Held, HoldKind
from cardtrail.wire.commands import Hold, Release, Return
from cardtrail.wire.products import BASIS_POINTS, Terms
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role


def hold(state: State, command: Hold, request: Request, now_ms: int) -> Change | Reason:
    """The owner sets a free card aside until a time. One card has one hold, so it cannot be promised twice."""
    card = owned_card(state, command, request, now_ms)
    if isinstance(card, Reason):
        return card
    terms = state.products[card.product].terms
    reason = (
        refuse_clearance(state, terms, request, now_ms)
        or refuse_passing_on(card, terms, now_ms, claim=False, price_minor=command.price_minor)
        or _refuse_hold_terms(card, command, terms, now_ms)
    )
    if reason is not None:
        return reason
    kind = HoldKind.GIFT if command.price_minor is None else HoldKind.SALE
    held = Held(kind, command.release, now_ms, command.until_ms, command.price_minor, command.reference)
    after = replace(card, hold=held, version=card.version + 1, entry=state.size)
    return Change(before=(card,), after=(after,), currency=terms.currency)


def release(state: State, command: Release, request: Request, now_ms: int) -> Change | Reason:
    """The release key names the next owner: delivery of a sale, claim of a gift, end of a rebind."""
    found = _held_card(state, command)
    if isinstance(found, Reason):
        return found
    card, held = found
    if not _may_release(state, held, request.signers):
        return Reason.NOT_RELEASER
    if card.version != command.version:
        return Reason.WRONG_VERSION
    if command.reference != held.reference:
        # A version alone would do, but for a restore: there another hold can come to stand at the same version.
        return Reason.WRONG_REFERENCE
    terms = state.products[card.product].terms
    reason = (
        _refuse_release_now(card, held, now_ms)
        or refuse_clearance(state, terms, request, now_ms)
        or refuse_new_owner(card, terms, command.owner, command.envelope)
    )
    if reason is not None:
        return reason
    after = replace(
        card, owner=command.owner, hold=None, hop=card.hop + 1, version=card.version + 1, entry=state.size
    )
    return Change(before=(card,), after=(after,), currency=terms.currency)


def give_back(state: State, command: Return, request: Request, now_ms: int) -> Change | Reason:
    """The hold ends and the card stays its owner's. A frozen card's hold can end too, for nothing moves by it."""
    found = _held_card(state, command)
    if isinstance(found, Reason):
        return found
    card, held = found
    released = _may_release(state, held, request.signers)
    if not released and request.signers != (card.owner,):
        return Reason.NOT_OWNER
    if card.version != command.version:
        return Reason.WRONG_VERSION
    if not released and held.kind is not HoldKind.REBIND and now_ms <= held.until_ms:
        return Reason.HOLD_NOT_EXPIRED
    terms = state.products[card.product].terms
    objects = not released and held.kind is HoldKind.REBIND
    if not objects or request.cleared is not None:
        # Whoever objects to losing a card asks nobody's leave.
        reason = refuse_clearance(state, terms, request, now_ms)
        if reason is not None:
            return reason
    after = replace(card, hold=None, version=card.version + 1, entry=state.size)
    return Change(before=(card,), after=(after,), currency=terms.currency)


def _held_card(state: State, command: Release | Return) -> tuple[Card, Held] | Reason:
    card = state.card(command.serial)
    if card is None:
        return Reason.UNKNOWN_CARD
    if card.dead:
        return Reason.CARD_DEAD
    return Reason.CARD_NOT_HELD if card.hold is None else (card, card.hold)


def _refuse_hold_terms(card: Card, command: Hold, terms: Terms, now_ms: int) -> Reason | None:
    price = command.price_minor
    if price is not None and command.release is not Role.SETTLER:
        return Reason.SALE_NEEDS_SETTLER
    if price is not None and price * BASIS_POINTS > card.balance_minor * terms.resale_cap_bp:
        return Reason.PRICE_OVER_CAP
    if not now_ms < command.until_ms <= now_ms + terms.hold_limit_ms:
        return Reason.HOLD_TIME_NOT_ALLOWED
    if isinstance(command.release, bytes) and not is_usable_key(command.release):
        return Reason.UNUSABLE_KEY
    return None


def _refuse_release_now(card: Card, held: Held, now_ms: int) -> Reason | None:
    if is_expired(card, now_ms):
        return Reason.CARD_EXPIRED
    if card.frozen_by is not None:
        return Reason.CARD_FROZEN
    if now_ms > held.until_ms:
        return Reason.HOLD_EXPIRED
    return Reason.REBIND_PENDING if now_ms < held.not_before_ms else None


def _may_release(state: State, held: Held, signers: tuple[bytes, ...]) -> bool:
    if isinstance(held.release, bytes):
        return signers == (held.release,)
    return holds_role(state, held.release, signers)
