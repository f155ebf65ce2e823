"""Orders of a confirmation that wait until they are let go: agreed to for the case that something else comes first.

All of these functions are compare-and-swap, and belong into the transaction of whatever decides: then an action is
under way exactly if the decision was made. Only what was confirmed can be let go; custody checks that when it signs.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from cardtrail.web.actions.models import Action

State = Action.State


def let_go(action_id: UUID) -> bool:
    """From now on the action is due; whoever calls has it done with `perform` after the commit, or the worker does it.
    Whether it was waiting."""
    action = Action.objects.select_related("confirmation").filter(id=action_id).first()
    return action is not None and let_this_go(action)


def let_this_go(action: Action) -> bool:
    """The same, for an action that was read with its confirmation: whether that needs an approval never changes."""
    if action.confirmation.approval:
        return False  # A second member of staff lets that go, and nobody else.
    return bool(Action.objects.filter(id=action.id, state=State.AWAITING).update(state=State.CONFIRMED))


def drop(action_id: UUID) -> bool:
    """Nothing comes of the action any more, if nothing was signed for it yet. Whether that is so: one that is signed
    may take effect, and its end has to be awaited."""
    # A process that has taken it up finds that it is not its own any more (`perform._ours`), and signs nothing.
    unsigned = Action.objects.filter(id=action_id, state__in=(State.AWAITING, State.CONFIRMED))
    return bool(unsigned.update(state=State.DECLINED, sealed=None, attempts=F("attempts") + 1))
