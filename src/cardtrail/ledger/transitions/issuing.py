"""`define`, `issue`, `activate`: how cards come to be."""

from __future__ import annotations

from itertools import pairwise

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.ledger.checks import is_expired, next_sequence, refuse_authority
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.ledger.totals import too_large
from cardtrail.signing.keys import is_usable_key
from cardtrail.wire.cards import Card, Status
from cardtrail.wire.commands import Activate, Define, Issue
from cardtrail.wire.products import Product, Terms
from cardtrail.wire.reasons import ORDER, Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.text import is_plain_text


def define(state: State, command: Define, request: Request, now_ms: int) -> Change | Reason:
    """The issuer defines a product. Its terms hold for ever; other terms are another product."""
    reason = refuse_authority(state, Role.ISSUER, command.sequence, request)
    if reason is not None:
        return reason
    if command.product != len(state.products):
        return Reason.WRONG_PRODUCT_NUMBER
    if not is_plain_text(command.name) or not _consistent(command.terms):
        return Reason.BAD_TERMS
    product = Product(command.product, command.name, command.terms)
    return Change(product=product, authorities=(next_sequence(state, Role.ISSUER),))


def issue(state: State, command: Issue, request: Request, now_ms: int) -> Change | Reason:
    """The issuer adds inactive cards, each with its first owner key: that of its printed code, or of a person."""
    reason = refuse_authority(state, Role.ISSUER, command.sequence, request)
    if reason is not None:
        return reason
    product = state.products.get(command.product)
    if product is None:
        return Reason.UNKNOWN_PRODUCT
    terms, face = product.terms, command.face_minor
    if command.first_serial != state.card_count:
        return Reason.WRONG_FIRST_SERIAL
    if face not in terms.faces:
        return Reason.FACE_NOT_ALLOWED
    issued = face * len(command.owners)
    if too_large(state.totals_of(terms.currency), issued):
        return Reason.TOTAL_TOO_LARGE
    if not all(is_usable_key(owner) for owner in command.owners):
        return Reason.UNUSABLE_KEY
    cards = tuple(
        Card(
            serial=serial,
            product=command.product,
            face_minor=face,
            balance_minor=face,
            owner=owner,
            status=Status.INACTIVE,
            frozen_by=None,
            hold=None,
            parents=(),
            hop=0,
            version=0,
            activated_ms=None,
            expires_ms=None,
            entry=state.size,
        )
        for serial, owner in enumerate(command.owners, command.first_serial)
    )
    return Change(
        before=(None,) * len(cards),
        after=cards,
        currency=terms.currency,
        issued=issued,
        authorities=(next_sequence(state, Role.ISSUER),),
    )


def activate(state: State, command: Activate, request: Request, now_ms: int) -> Change | Reason:
    """The issuer makes a range of cards usable: new ones that were paid for, or expired ones, whose balance
    thereby lives on (法释〔2025〕4号 Art. 24). All of the range or none, and a range is of one product."""
    reason = refuse_authority(state, Role.ISSUER, command.sequence, request)
    if reason is not None:
        return reason
    cards: list[Card] = []
    for serial in range(command.first_serial, command.first_serial + command.count):
        card = state.card(serial)
        if card is None:
            return Reason.UNKNOWN_CARD
        cards.append(card)
    reason = min(
        filter(None, (_refuse_activation(card, now_ms) for card in cards)),
        key=ORDER.__getitem__,
        default=None,
    )
    if reason is not None:
        return reason
    if any(card.product != cards[0].product for card in cards):
        return Reason.PRODUCTS_DIFFER
    terms = state.products[cards[0].product].terms
    after = tuple(_activated(card, terms, now_ms, state.size) for card in cards)
    return Change(
        before=tuple(cards),
        after=after,
        currency=terms.currency,
        authorities=(next_sequence(state, Role.ISSUER),),
    )


def _refuse_activation(card: Card, now_ms: int) -> Reason | None:
    if card.dead:
        return Reason.CARD_DEAD
    usable = card.status is Status.ACTIVE and not is_expired(card, now_ms)
    return Reason.CARD_ALREADY_ACTIVE if usable else None


def _activated(card: Card, terms: Terms, now_ms: int, entry: int) -> Card:
    return replace(
        card,
        status=Status.ACTIVE,
        activated_ms=now_ms if card.activated_ms is None else card.activated_ms,
        expires_ms=None if terms.validity_ms is None else now_ms + terms.validity_ms,
        version=card.version + 1,
        entry=entry,
    )


def _consistent(terms: Terms) -> bool:
    ascending = all(a < b for a, b in pairwise(terms.faces))
    kinds = all(a < b for a, b in pairwise(terms.clearance))
    return ascending and kinds and terms.faces[-1] <= terms.face_limit_minor and terms.max_hops > 0
