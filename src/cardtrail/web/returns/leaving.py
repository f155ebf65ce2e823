"""What of returns stands against deleting an account. Points do not: nobody is kept for their sake."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from cardtrail.web.accounts.deletion import Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.returns.models import Return
from cardtrail.web.ui.texts import Text

_UNDER_WAY: Final = Text(
    "还有 {n} 张卡正在交回品牌，请等它们结束。",
    "{n} cards are on their way back to the brand; wait for that.",
)


def objections(person: Person) -> list[Objection]:
    """Cards on their way back: somebody is owed for them."""
    count = Return.objects.filter(person=person, state__in=Return.UNDER_WAY).count()
    return [Objection(_UNDER_WAY.format(n=count), reverse("returns:mine"))] if count else []
