"""The identity that goes with a card to its new owner."""

from __future__ import annotations

from cardtrail.wallet.envelope import Envelope, fill_envelope
from cardtrail.web.accounts.identity import checked_name
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.kinds.plan import Bench, NotPossible
from cardtrail.web.actions.models import Action
from cardtrail.web.actions.refusals import NO_IDENTITY
from cardtrail.wire.cards import Card


def envelope_for(action: Action, bench: Bench, card: Card, to: Person | None) -> Envelope:
    """The hash of the confirmation and, where the card's terms ask for it, the name of the new owner. Raises
    `NotPossible` if their identity was not checked."""
    fields = {"confirmation": bytes(action.confirmation.evidence).hex()}
    if bench.terms(card.product).named:
        name = None if to is None else checked_name(to)
        if name is None:
            raise NotPossible(NO_IDENTITY)
        fields["name"] = name
    return fill_envelope(fields)
