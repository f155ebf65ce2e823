"""`redeem` and `refund`: a card pays for an order, and money of an order comes back onto it."""

from __future__ import annotations

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.ledger.checks import holds_role, living_card, owned_card, refuse_clearance
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.wire.cards import Status
from cardtrail.wire.commands import Redeem, Refund
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role


def redeem(state: State, command: Redeem, request: Request, now_ms: int) -> Change | Reason:
    """The owner pays a part or the whole of the balance. A card spent to nothing lives on, for a refund may come."""
    card = owned_card(state, command, request, now_ms)
    if isinstance(card, Reason):
        return card
    terms = state.products[card.product].terms
    reason = refuse_clearance(state, terms, request, now_ms)
    if reason is not None:
        return reason
    if command.amount_minor > card.balance_minor:
        return Reason.AMOUNT_OVER_BALANCE
    after = replace(
        card,
        balance_minor=card.balance_minor - command.amount_minor,
        version=card.version + 1,
        entry=state.size,
    )
    return Change(before=(card,), after=(after,), currency=terms.currency, redeemed=command.amount_minor)


def refund(state: State, command: Refund, request: Request, now_ms: int) -> Change | Reason:
    """The issuer returns money to a card. Never beyond its face, and not while somebody else was promised its
    balance. Onto a frozen or expired card it may come: it waits there with the rest."""
    if not holds_role(state, Role.ISSUER, request.signers):
        return Reason.NOT_AUTHORISED
    card = living_card(state, command)
    if isinstance(card, Reason):
        return card
    if card.status is Status.INACTIVE:
        return Reason.CARD_INACTIVE
    if card.hold is not None:
        return Reason.CARD_HELD
    balance_minor = card.balance_minor + command.amount_minor
    if balance_minor > card.face_minor:
        return Reason.AMOUNT_OVER_FACE
    currency = state.products[card.product].terms.currency
    after = replace(card, balance_minor=balance_minor, version=card.version + 1, entry=state.size)
    return Change(before=(card,), after=(after,), currency=currency, redeemed=-command.amount_minor)
