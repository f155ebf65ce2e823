"""When an account is deleted: money that is on its way has to arrive first."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from cardtrail.web.accounts.deletion import Objection
from cardtrail.web.accounts.models import Person
from cardtrail.web.checkout.models import Attempt, Refund
from cardtrail.web.ui.texts import Text

_UNDER_WAY: Final = Text(
    "有一笔付款或退款还没有办完。办完之后再来。",
    "A payment or a refund of yours is not finished. Come back when it is.",
)


def objections(person: Person) -> list[Objection]:
    """Payments that are not over, and refunds that have not arrived: what comes back would come back to nobody."""
    trying = Attempt.objects.filter(person=person, state__in=(Attempt.State.TRYING, Attempt.State.UNDOING))
    coming = Refund.objects.filter(payment__payer=person, state=Refund.State.PENDING)
    return [Objection(_UNDER_WAY, reverse("receipts"))] if trying.exists() or coming.exists() else []
