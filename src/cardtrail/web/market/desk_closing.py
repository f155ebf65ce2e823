"""Matters that a person closes: what was done is kept as a confirmation, like every act of staff."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.http import HttpRequest

from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, declare
from cardtrail.web.desk.access import acting
from cardtrail.web.desk.separation import too_near
from cardtrail.web.market.desk_kinds import kind_of
from cardtrail.web.orders import matters
from cardtrail.web.orders.models import Matter
from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number

_DECLARED: Final = Text("了结：{what}。怎么处理的：{note}", "Closed: {what}. What was done: {note}")
_OF_CARD: Final = Text("{what}（尾号 {last} 的卡）", "{what} (card …{last})")
_KNOWN: Final = Text("已有人处理过。", "A colleague has dealt with it already.")


def hindrance(staff: Person, matter: Matter) -> Text | None:
    """Why a member of staff leaves it to a colleague; none if they need not."""
    deal = matter.deal
    return None if deal is None else too_near(staff, deal.buyer, deal.seller)


def close(asker: HttpRequest | Witness, matter: Matter, note: str) -> None:
    """A member of staff has dealt with it. Raises `NotPossible` where a colleague was first, and for one's own and a
    friend's."""
    staff, what = acting(asker), kind_of(matter).words
    if (near := hindrance(staff, matter)) is not None:
        raise NotPossible("too_near", near)
    if matter.serial is not None:
        what = _OF_CARD.format(what=what, last=card_number(matter.serial)[-4:])
    with transaction.atomic():
        if not matters.close(matter, staff, note):
            raise NotPossible("closed", _KNOWN)
        declare(
            asker,
            purpose="close_matter",
            text=_DECLARED.format(what=what, note=note),
            about={"matter": matter.pk, "kind": matter.kind},
        )
