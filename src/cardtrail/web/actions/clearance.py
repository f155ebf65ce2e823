"""Whether risk lets an action pass, where the terms of the card's product ask for the clearer's signature.

What a sale does to a card needs a decision of the risk room that was kept; whoever keeps them says so by `decided_by`.
While nobody does, such an action is refused. Everything else was decided before it was confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cardtrail.web.actions.models import Action

NEEDS_DECISION: Final = frozenset(("hold_sale", "deliver", "hand_in"))
"""Kinds that bring a card to somebody else for money. `set_aside`, `give_up` and `end_sale` undo that, as `hand_back`
does, and undoing has to work whatever risk thinks by then."""

Decided = Callable[[Action], bool]

_decided: Decided | None = None


def decided_by(decided: Decided | None) -> Decided | None:
    """From now on this tells whether a decision was kept that allows an action. Gives what told it before. The risk
    app says so when it is ready."""
    global _decided
    before, _decided = _decided, decided
    return before


def is_cleared(action: Action) -> bool:
    """Whether the clearer may sign for it."""
    if action.kind not in NEEDS_DECISION:
        return True
    return _decided is not None and _decided(action)
