""" "This was not me": the holder stops the card at once, or what became of it, and staff look at it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from django.http import HttpRequest

from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Action, Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.heirs import living_heirs
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.models import OF_CONFIRMATION, Notice
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text

PURPOSE = "not_me"
WITHIN_MS = 3 * DAY_MS
"""For so long a holder's word stops a card that has left them, too; later it is a case for staff."""

STOPPED = Text(
    "我没有做“{what}”。请立即冻结尾号 {last} 的卡，并请工作人员查看。",
    "I did not do this: “{what}” Freeze card …{last} at once and have your staff look at it.",
)


def concerns(notice: Notice) -> list[Card]:
    """The cards that the person's word would stop: alive, not frozen, and theirs, or not long gone. For a card that was
    split or merged, which a thief may have done, those that took its place and are in the person's hands.

    A notice may name a card that never was theirs, such as one they only say they lost: over that they have no word.
    """
    found: dict[int, Card] = {}
    for card in Card.objects.filter(serial__in=_serials(notice)).order_by("serial"):
        found |= {each.serial: each for each in _stopped_for(notice, card)}
    return list(found.values())


def _stopped_for(notice: Notice, card: Card) -> list[Card]:
    if not card.dead and card.holder_id != notice.person_id:
        word_counts = _was_theirs(notice, card.serial) and now_ms() - notice.at_ms <= WITHIN_MS
        return [card] if word_counts and _can_freeze(card) else []
    return [heir for heir in living_heirs(card, notice.person) if _can_freeze(heir)]


def _serials(notice: Notice) -> list[int]:
    """The cards that a notice tells of: its own, or all that the person set aside by one confirmation."""
    confirmation = _confirmation_of(notice)
    if confirmation is None:
        return [] if notice.serial is None else [notice.serial]
    held = Action.objects.filter(confirmation=confirmation, person=notice.person, kind="hold")
    return [serial for serial in held.values_list("serial", flat=True) if serial is not None]


def _confirmation_of(notice: Notice) -> UUID | None:
    if not notice.key.startswith(OF_CONFIRMATION):
        return None
    return UUID(notice.key.removeprefix(OF_CONFIRMATION).partition("/")[0])


def _can_freeze(card: Card) -> bool:
    return not card.dead and card.frozen_by is None and card.status != 0


def last_fours(cards: Sequence[Card]) -> Text:
    """Which cards, in a few digits each."""
    each = [card.last_four for card in cards]
    return Text("、".join(each), ", …".join(each))


def _was_theirs(notice: Notice, serial: int) -> bool:
    """Whether the notice tells of an entry that found the card in the person's hands."""
    told = Movement.objects.filter(serial=serial, holder_before=notice.person_id)
    confirmation = _confirmation_of(notice)
    if confirmation is not None:
        evidence = Confirmation.objects.filter(pk=confirmation).values_list("evidence", flat=True).first()
        return evidence is not None and told.filter(kind="hold", reference=bytes(evidence)).exists()
    return notice.entry is not None and told.filter(index=notice.entry).exists()


def stop(request: HttpRequest, notice: Notice, cards: Sequence[Card]) -> Confirmation:
    """Write down the holder's word, with the freezes it asks for. The desk opens a case from it."""
    what = Text(notice.zh, notice.en)
    case = sha256(f"cardtrail/not-me/{notice.pk}".encode()).hexdigest()
    return confirm(
        request,
        purpose=PURPOSE,
        text=STOPPED.format(what=what, last=last_fours(cards)),
        orders=[Order("freeze", card.serial, {"cause": "fraud", "case": case}) for card in cards],
    )
