"""The checks that several commands share, each in the order of `Reason`."""

from __future__ import annotations

from msgspec.structs import replace

from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.proofs import verify_inclusion
from cardtrail.signing.keys import is_usable_key
from cardtrail.wire.cards import Card, Status
from cardtrail.wire.commands import CardCommand, kind_of
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Authority, Role
from cardtrail.wire.scalars import NO_HASH


def holds_role(state: State, role: Role, signers: tuple[bytes, ...]) -> bool:
    """Whether the signers are enough keys of the role, and nobody else."""
    authority = state.authorities.get(role)
    return (
        authority is not None
        and len(signers) >= authority.threshold
        and all(key in authority.keys for key in signers)
    )


def refuse_authority(state: State, role: Role, sequence: int, request: Request) -> Reason | None:
    """For a command that carries the role's sequence: the role's keys signed it, and it is the role's next."""
    if not holds_role(state, role, request.signers):
        return Reason.NOT_AUTHORISED
    return None if state.authorities[role].sequence == sequence else Reason.WRONG_SEQUENCE


def next_sequence(state: State, role: Role) -> Authority:
    """The role's record after one more sequenced command."""
    authority = state.authorities[role]
    return replace(authority, sequence=authority.sequence + 1)


def living_card(state: State, command: CardCommand) -> Card | Reason:
    """The card an authority names, if it exists, is not dead, and is as the signer saw it."""
    card = state.card(command.serial)
    if card is None:
        return Reason.UNKNOWN_CARD
    if card.dead:
        return Reason.CARD_DEAD
    return card if card.version == command.version else Reason.WRONG_VERSION


def refuse_stopped(card: Card, now_ms: int) -> Reason | None:
    """A card that is inactive, expired, frozen or set aside does not move at its owner's word."""
    if card.status is Status.INACTIVE:
        return Reason.CARD_INACTIVE
    if is_expired(card, now_ms):
        return Reason.CARD_EXPIRED
    if card.frozen_by is not None:
        return Reason.CARD_FROZEN
    return Reason.CARD_HELD if card.hold is not None else None


def owned_card(state: State, command: CardCommand, request: Request, now_ms: int) -> Card | Reason:
    """The card, if the signer is its owner and it is free to move."""
    card = state.card(command.serial)
    if card is None:
        return Reason.UNKNOWN_CARD
    if card.dead:
        return Reason.CARD_DEAD
    if request.signers != (card.owner,):
        return Reason.NOT_OWNER
    if card.version != command.version:
        return Reason.WRONG_VERSION
    return refuse_stopped(card, now_ms) or card


def is_expired(card: Card, now_ms: int) -> bool:
    """Whether the card's validity is over. The last millisecond still counts."""
    return card.expires_ms is not None and now_ms > card.expires_ms


def refuse_clearance(state: State, terms: Terms, request: Request, now_ms: int) -> Reason | None:
    """A clearance must be there where the terms ask for one, and be right wherever it is given."""
    cleared = request.cleared
    if cleared is None:
        return Reason.CLEARANCE_MISSING if kind_of(request.body) in terms.clearance else None
    statement = cleared.statement
    covered = verify_inclusion(
        leaf_hash(request.id), cleared.place, statement.count, list(cleared.path), statement.root
    )
    if (
        not covered
        or statement.network != state.network
        or not holds_role(state, Role.CLEARER, cleared.signers)
    ):
        return Reason.CLEARANCE_INVALID
    return Reason.CLEARANCE_EXPIRED if now_ms > statement.until_ms else None


def refuse_passing_on(
    card: Card, terms: Terms, now_ms: int, *, claim: bool, price_minor: int | None = None
) -> Reason | None:
    """Whether the terms let this card go to somebody else now.

    claim  the key of a card as it was issued is being replaced at its holder's word, which terms never forbid; a part
           of a divided card is no such card, or an unclaimed one could be divided among many
    """
    if not claim and terms.transferable is Transferable.NO:
        return Reason.NOT_TRANSFERABLE
    if price_minor is not None and terms.transferable is not Transferable.SALE:
        return Reason.NOT_FOR_SALE
    if not claim and card.activated_ms is not None and now_ms < card.activated_ms + terms.cooling_off_ms:
        return Reason.COOLING_OFF
    return Reason.TOO_MANY_HOPS if card.hop >= terms.max_hops else None


def refuse_new_owner(card: Card, terms: Terms, owner: bytes, envelope: bytes) -> Reason | None:
    """A new owner's key can own something, is another than before, and has an identity where the product is named."""
    if not is_usable_key(owner):
        return Reason.UNUSABLE_KEY
    if owner == card.owner:
        return Reason.KEY_NOT_NEW
    return Reason.ENVELOPE_MISSING if terms.named and envelope == NO_HASH else None
