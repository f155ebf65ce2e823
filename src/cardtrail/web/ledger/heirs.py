"""What a card that was split or merged has become."""

from __future__ import annotations

from typing import Final

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.wire.cards import Status

MOST_HEIRS: Final = 500
"""So many cards are looked at, at most."""

_MADE_BY: Final = {Status.SPLIT: "split_part", Status.MERGED: "merge_result"}


def living_heirs(card: Card, person: Person) -> list[Card]:
    """The living cards that descend from `card`, over any number of splits and merges, and that the person holds; by
    serial. The card itself, if it lives and is theirs."""
    seen, fresh, found = {card.serial}, [card], []
    while fresh and len(seen) <= MOST_HEIRS:
        made: set[int] = set()
        for each in fresh:
            kind = _MADE_BY.get(Status(each.status))
            if kind is not None:
                rows = Movement.objects.filter(index=each.entry, kind=kind)
                made.update(rows.values_list("serial", flat=True))
            elif not each.dead and each.holder_id == person.pk:
                found.append(each)
        fresh = list(Card.objects.filter(serial__in=made - seen).select_related("product"))
        seen |= made
    return sorted(found, key=lambda heir: heir.serial)
