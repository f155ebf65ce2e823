"""`freeze`, `unfreeze`, `void`, `rebind`: what authorities do to single cards. Each names its cause and its case."""

from __future__ import annotations

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.ledger.checks import holds_role, is_expired, living_card
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.signing.keys import is_usable_key
from cardtrail.wire.cards import Card, Held, HoldKind, Status
from cardtrail.wire.commands import Freeze, Rebind, Unfreeze, Void
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role

REBIND_WINDOW_MS = 30 * 24 * 3600 * 1000
"""How long the claimant has once the delay is over. Not the terms' limit on holds: a product may allow no
holds at all, and its lost cards must be found again too."""

FREEZERS = frozenset((Role.ISSUER, Role.CLEARER, Role.REGULATOR))


def freeze(state: State, command: Freeze, request: Request, now_ms: int) -> Change | Reason:
    """A card stops where it is, also while it is set aside. The regulator can put its own freeze over another's."""
    if command.by not in FREEZERS or not holds_role(state, command.by, request.signers):
        return Reason.NOT_AUTHORISED
    card = living_card(state, command)
    if isinstance(card, Reason):
        return card
    if card.status is Status.INACTIVE:
        return Reason.CARD_INACTIVE
    overrules = command.by is Role.REGULATOR and card.frozen_by is not Role.REGULATOR
    if card.frozen_by is not None and not overrules:
        return Reason.CARD_FROZEN
    return _change(
        state, card, replace(card, frozen_by=command.by, version=card.version + 1, entry=state.size)
    )


def unfreeze(state: State, command: Unfreeze, request: Request, now_ms: int) -> Change | Reason:
    """The role that froze a card lifts it, or the regulator does."""
    if command.by not in FREEZERS or not holds_role(state, command.by, request.signers):
        return Reason.NOT_AUTHORISED
    card = living_card(state, command)
    if isinstance(card, Reason):
        return card
    if card.frozen_by is None:
        return Reason.CARD_NOT_FROZEN
    if command.by is not card.frozen_by and command.by is not Role.REGULATOR:
        return Reason.FROZEN_BY_ANOTHER
    return _change(state, card, replace(card, frozen_by=None, version=card.version + 1, entry=state.size))


def void(state: State, command: Void, request: Request, now_ms: int) -> Change | Reason:
    """The issuer ends a card, whatever its state, unless the regulator has frozen it."""
    if not holds_role(state, Role.ISSUER, request.signers):
        return Reason.NOT_AUTHORISED
    card = living_card(state, command)
    if isinstance(card, Reason):
        return card
    if card.frozen_by is Role.REGULATOR:
        return Reason.FROZEN_BY_ANOTHER
    after = replace(
        card,
        balance_minor=0,
        status=Status.VOID,
        frozen_by=None,
        hold=None,
        version=card.version + 1,
        entry=state.size,
    )
    return _change(state, card, after, voided=card.balance_minor)


def rebind(state: State, command: Rebind, request: Request, now_ms: int) -> Change | Reason:
    """A lost card is set aside for its claimant's new key. It can be released by that key after the terms'
    delay, and until it is, the present owner's `return` ends it: whoever still has the old key has not lost
    the card."""
    if not holds_role(state, Role.ISSUER, request.signers):
        return Reason.NOT_AUTHORISED
    card = living_card(state, command)
    if isinstance(card, Reason):
        return card
    if card.status is Status.INACTIVE:
        return Reason.CARD_INACTIVE
    if is_expired(card, now_ms):
        return Reason.CARD_EXPIRED
    if card.frozen_by is Role.REGULATOR:
        return Reason.FROZEN_BY_ANOTHER
    if card.hold is not None and now_ms <= card.hold.until_ms:
        return Reason.CARD_HELD
    if not is_usable_key(command.release):
        return Reason.UNUSABLE_KEY
    if command.release == card.owner:
        return Reason.KEY_NOT_NEW
    terms = state.products[card.product].terms
    begins_ms = now_ms + terms.rebind_delay_ms
    held = Held(HoldKind.REBIND, command.release, begins_ms, begins_ms + REBIND_WINDOW_MS, None, command.case)
    return _change(state, card, replace(card, hold=held, version=card.version + 1, entry=state.size))


def _change(state: State, before: Card, after: Card, *, voided: int = 0) -> Change:
    currency = state.products[before.product].terms.currency
    return Change(before=(before,), after=(after,), currency=currency, voided=voided)
