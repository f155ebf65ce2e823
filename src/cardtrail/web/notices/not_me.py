""" "This was not me": the holder stops the card at once, and staff look at it."""

from __future__ import annotations

from hashlib import sha256

from django.http import HttpRequest

from cardtrail.web.actions.confirm import confirm
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.models import Card, Movement
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import DAY_MS, now_ms
from cardtrail.web.ui.texts import Text

PURPOSE = "not_me"
WITHIN_MS = 3 * DAY_MS
"""For so long a holder's word stops a card that has left them, too; later it is a case for staff."""

STOPPED = Text(
    "我没有做“{what}”。请立即冻结尾号 {last} 的卡，并请工作人员查看。",
    "I did not do this: “{what}” Freeze card …{last} at once and have your staff look at it.",
)


def concerns(notice: Notice) -> Card | None:
    """The card that the person's word would stop: alive, not frozen, and theirs, or not long gone.

    A notice may name a card that never was theirs, such as one they only say they lost: over that they have no word.
    """
    if notice.serial is None:
        return None
    card = Card.objects.filter(serial=notice.serial).first()
    if card is None or card.dead or card.frozen_by is not None or card.status == 0:
        return None
    if card.holder_id == notice.person_id:
        return card
    return card if _was_theirs(notice) and now_ms() - notice.at_ms <= WITHIN_MS else None


def _was_theirs(notice: Notice) -> bool:
    """Whether the notice tells of an entry that found the card in the person's hands."""
    if notice.entry is None or notice.serial is None:
        return False
    told = Movement.objects.filter(index=notice.entry, serial=notice.serial, holder_before=notice.person_id)
    return told.exists()


def stop(request: HttpRequest, notice: Notice, card: Card) -> Confirmation:
    """Write down the holder's word, with the freeze it asks for. The desk opens a case from it."""
    what = Text(notice.zh, notice.en)
    case = sha256(f"cardtrail/not-me/{notice.pk}".encode()).hexdigest()
    return confirm(
        request,
        purpose=PURPOSE,
        text=STOPPED.format(what=what, last=card.last_four),
        orders=[Order("freeze", card.serial, {"cause": "fraud", "case": case})],
    )
