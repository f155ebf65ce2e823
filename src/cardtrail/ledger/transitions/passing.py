"""`transfer`: the present key names the next key. A claim by code is this and nothing else, for a code is an
owner key.
"""

from __future__ import annotations

from msgspec.structs import replace

from cardtrail.ledger.change import Change
from cardtrail.ledger.checks import owned_card, refuse_clearance, refuse_new_owner, refuse_passing_on
from cardtrail.ledger.intake import Request
from cardtrail.ledger.state import State
from cardtrail.wire.commands import Transfer
from cardtrail.wire.reasons import Reason


def transfer(state: State, command: Transfer, request: Request, now_ms: int) -> Change | Reason:
    """The owner passes a free card on. From here on the old key, and every copy of it, is dead."""
    card = owned_card(state, command, request, now_ms)
    if isinstance(card, Reason):
        return card
    terms = state.products[card.product].terms
    reason = (
        refuse_clearance(state, terms, request, now_ms)
        or refuse_passing_on(card, terms, now_ms, claim=card.hop == 0 and not card.parents)
        or refuse_new_owner(card, terms, command.owner, command.envelope)
    )
    if reason is not None:
        return reason
    after = replace(card, owner=command.owner, hop=card.hop + 1, version=card.version + 1, entry=state.size)
    return Change(before=(card,), after=(after,))
