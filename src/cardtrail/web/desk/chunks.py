"""Commands of one confirmation that are done one after the other: each, when it ends, lets the next one go.

A batch of a hundred thousand cards would otherwise be signed and submitted all at once: nobody would see it move, and
everybody else's payments would wait behind it. What waits here is only put off; if a process dies, the worker takes up
whatever is due, and that lets go of the rest.
"""

from __future__ import annotations

from typing import Final

from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.perform import Outcome, advance, outcomes
from cardtrail.wire.scalars import MAX_INTEGER

LATER_MS: Final = MAX_INTEGER
"""Not due until somebody lets it go."""

ROUNDS: Final = 6
"""So often a page goes on before it leaves the rest to the worker."""

_OPEN: Final = (Action.State.AWAITING, Action.State.CONFIRMED, Action.State.SIGNED)


def queue(confirmation: Confirmation) -> None:
    """Put off every action but the first. In the transaction that confirms them."""
    confirmation.actions.filter(place__gt=0).update(next_try_ms=LATER_MS)


def let_go_after(action: Action) -> None:
    """Let go of the action after one that has ended, done or refused. In the transaction that writes that down."""
    Action.objects.filter(
        confirmation_id=action.confirmation_id, place=action.place + 1, state__in=_OPEN
    ).update(next_try_ms=0)


def work(confirmation: Confirmation, rounds: int = ROUNDS) -> list[Outcome]:
    """Do what is due, and what that lets go, as far as somebody who waits for the page would like to; the worker does
    the rest. Not inside a transaction."""
    for _ in range(rounds):
        if not advance(confirmation):
            break
    return outcomes(confirmation)
