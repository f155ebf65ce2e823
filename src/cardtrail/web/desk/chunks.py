"""Commands of one confirmation that are done one after the other: each, when it ends, lets the next one go.

A batch of a hundred thousand cards would otherwise be signed and submitted all at once: nobody would see it move, and
everybody else's payments would wait behind it. What waits here is only put off; if a process dies, the worker takes up
whatever is due, and that lets go of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.wire.scalars import MAX_INTEGER

LATER_MS: Final = MAX_INTEGER
"""Not due until somebody lets it go."""

_OPEN: Final = (Action.State.AWAITING, Action.State.CONFIRMED, Action.State.SIGNED)


def queue(confirmation: Confirmation) -> None:
    """Put off every action but the first. In the transaction that confirms them."""
    confirmation.actions.filter(place__gt=0).update(next_try_ms=LATER_MS)


def let_go_after(action: Action) -> None:
    """Let go of the action after one that has ended, done or refused. In the transaction that writes that down."""
    Action.objects.filter(
        confirmation_id=action.confirmation_id, place=action.place + 1, state__in=_OPEN
    ).update(next_try_ms=0)


def under_way(confirmations: Iterable[object]) -> bool:
    """Whether something of these confirmations (their ids) is still to be done, and may be."""
    waiting = (Action.State.CONFIRMED, Action.State.SIGNED)
    return Action.objects.filter(confirmation__in=confirmations, state__in=waiting).exists()
