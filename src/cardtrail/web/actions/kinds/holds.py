"""Which hold an action means: the card may have been set aside anew since the action was confirmed."""

from __future__ import annotations

from cardtrail.web.actions.custody import check
from cardtrail.web.actions.kinds.plan import NotPossible, NotYet
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.wire.cards import Card, Held, HoldKind
from cardtrail.wire.roles import Role

SALE_HOLDS = ("hold_sale", "set_aside")
"""The kinds that set a card aside for the settler."""


def is_reference(reference: bytes, action: Action) -> bool:
    """Whether a hold is the one that the action's parameter `hold` means: by the confirmation behind it, or `self`."""
    meant = action.parameters["hold"]
    if meant == "self":
        return reference == bytes(action.confirmation.evidence)
    evidence = Confirmation.objects.filter(id=meant).values_list("evidence", flat=True).first()
    return evidence is not None and bytes(evidence) == reference


def sale_hold(action: Action, card: Card) -> tuple[Action, Held]:
    """The action that set the card aside for the settler, as this one means it, and the hold as the ledger has it.

    Raises `NotYet` while the card is still being set aside, `NotPossible` where it is not, or for something else, and
    `Unconfirmed` if what set it aside is not what its owner confirmed.
    """
    meant = action.parameters["hold"]
    holding = (
        Action.objects.filter(
            confirmation_id=action.confirmation_id if meant == "self" else meant,
            kind__in=SALE_HOLDS,
            serial=card.serial,
        )
        .select_related("confirmation")
        .first()
    )
    if holding is None:
        raise NotPossible("card_not_held")
    if not holding.ended:
        raise NotYet
    check(holding)
    held = card.hold
    if held is None or held.kind is not HoldKind.SALE or held.release is not Role.SETTLER:
        raise NotPossible("card_not_held")
    if held.reference != bytes(holding.confirmation.evidence):
        raise NotPossible("card_not_held")
    return holding, held
