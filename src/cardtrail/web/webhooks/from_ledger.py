"""What happens to cards, told to the brand's systems: from the ledger's movements to events, in the projection's
transaction.

So that an event is there exactly when its movement is, and once: its key is the type, the entry and the card.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cardtrail.web.ledger.models import Movement
from cardtrail.web.webhooks.emit import Happening, emit_many
from cardtrail.wire.identifiers import card_number
from cardtrail.wire.roles import Role

_PLAIN = {
    "activate": "card.activated",
    "hold": "card.held",
    "return": "card.released",
    "redeem": "card.redeemed",
    "refund": "card.refunded",
    "freeze": "card.frozen",
    "unfreeze": "card.unfrozen",
    "void": "card.voided",
    "rebind": "card.rebind_requested",
}
_WITH_AMOUNT = {"redeem", "refund", "void"}
_WITH_ROLE = {"freeze", "unfreeze", "void"}
_HELD_FOR: dict[int | None, str] = {Role.SETTLER: "sale", Role.ISSUER: "handed_in"}
"""What a card is held for, by the authority that it is set aside for; for a link's key it is a gift."""


def tell_of(movements: Sequence[Movement]) -> None:
    """Write down the events of a page of movements. Called with each page, inside its transaction."""
    entries = groupby(movements, key=lambda movement: movement.index)
    emit_many([told for _, of_one in entries for told in _of_entry(list(of_one))])


def _of_entry(movements: Sequence[Movement]) -> Iterator[Happening]:
    for movement in movements:
        kind = movement.kind
        if kind in _PLAIN:
            yield _happening(_PLAIN[kind], movement, **_particulars(movement))
        elif kind == "transfer":
            yield _happening("card.claimed" if movement.hop == 1 else "card.transferred", movement)
        elif kind == "release":
            yield _happening("card.released", movement, reason="released")
            yield _happening("card.transferred", movement)
        elif kind == "split":
            yield _happening("card.split", movement, serials=_serials(movements, "split_part"))
        elif kind == "merge_result":
            yield _happening("card.merged", movement, serials=_serials(movements, "merge"))


def _particulars(movement: Movement) -> dict[str, object]:
    more: dict[str, object] = {}
    if movement.kind in _WITH_AMOUNT:
        more["amount_minor"] = movement.amount_minor
    if movement.kind in _WITH_ROLE and movement.by_role is not None:
        more["by"] = Role(movement.by_role).name.lower()
    if movement.kind == "hold":
        more["kind"] = _HELD_FOR.get(movement.hold_role, "gift")
    if movement.kind == "return":
        more["reason"] = "returned"
    return more


def _serials(movements: Sequence[Movement], kind: str) -> list[int]:
    return [movement.serial for movement in movements if movement.kind == kind]


def _happening(event_type: str, movement: Movement, **more: object) -> Happening:
    data = {
        "serial": movement.serial,
        "entry": movement.index,
        "currency": movement.currency,
        "balance_minor": movement.balance_minor,
        "product": movement.product_id,
        **more,
    }
    return Happening(
        event_type,
        f"{event_type}/{movement.index}/{movement.serial}",
        card_number(movement.serial),
        data,
        movement.time_ms,
    )
