"""Why the brand stopped a card, as its holder reads it, where to appeal. The desk is asked late: it stands above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from cardtrail.web.accounts.models import Person
from cardtrail.web.ledger.models import Card
from cardtrail.web.ui.texts import Text

_FROZEN: Final = Text(
    "这张卡已被冻结，余额不变，暂时不能使用或转让。",
    "This card is frozen. Its balance is unchanged, but it cannot be used or passed on for now.",
)
_VOID: Final = Text(
    "发卡方已作废这张卡，它不能再使用。", "The issuer voided this card; it cannot be used any more."
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What happened, why, and the page to appeal on or to read the appeal; empty where there is neither."""

    what: Text
    why: Text
    appeal: str
    appealed: bool


def stopped(person: Person, card: Card) -> Stopped | None:
    """Why a card is frozen or void; none if it is neither, or the desk does not know."""
    from cardtrail.web.desk import appeals, reasons

    why = reasons.reason_for(card)
    if why is None:
        return None
    made = appeals.appeal_of(card)
    if made is not None and made.person_id == person.pk:
        url = reverse("my_case", args=[made.case.number])
    else:
        url = reverse("appeal", args=[card.serial]) if appeals.may_appeal(person, card) else ""
    return Stopped(_VOID if card.state == "void" else _FROZEN, why, url, made is not None)
