"""How an order's actions stand: their end as the event that the machine awaits, read off our own rows."""

from __future__ import annotations

from uuid import UUID

from cardtrail.deals.events import AnyEvent, AsideEnded, Delivered, Frozen, GivenBack, SetAside
from cardtrail.web.actions.models import Action
from cardtrail.web.ledger.models import Movement
from cardtrail.web.orders.ledger_side import STOP, Waiting, refusal, waiting
from cardtrail.web.orders.models import Deal

Standing = tuple[AnyEvent | None, UUID | None]
"""The event, if it has ended; else the confirmation to be performed, if it is under way."""


def moved(deal: Deal, kind: Waiting) -> Standing:
    """What became of a waiting action of one side's that was let go."""
    action = waiting(deal, kind)
    if action is None or action.state == Action.State.AWAITING:
        return None, None
    if action.state == Action.State.DONE:
        return _done(action), None
    return refusal(action), action.confirmation_id


def frozen(deal: Deal) -> Standing:
    """What became of the last freeze that the order asked for."""
    asked = Action.objects.filter(serial=deal.serial, kind="freeze", confirmation__purpose=STOP)
    for action in asked.order_by("-confirmation__at_ms"):
        if action.parameters.get("deal") == deal.number:
            if action.state == Action.State.DONE:
                return Frozen(), None
            return refusal(action), action.confirmation_id
    return None, None


def _done(action: Action) -> AnyEvent | None:
    """None while the projection has not come so far: it tells by itself then."""
    if action.entry_index is None or action.serial is None:
        return None
    movement = Movement.objects.filter(index=action.entry_index, serial=action.serial).first()
    if movement is None:
        return None
    match action.kind:
        case "deliver":
            return Delivered(movement.balance_minor)
        case "set_aside":
            return SetAside()
        case "give_up":
            return GivenBack()
        case _:
            return AsideEnded()
