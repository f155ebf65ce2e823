"""Whose matters a member of staff keeps out of: their own, and those of anybody they belong together with."""

from __future__ import annotations

from typing import Final

from cardtrail.web.accounts.models import Person
from cardtrail.web.risks.links import group_of
from cardtrail.web.ui.texts import Text

OWN: Final = Text("这与你自己有关，请由同事处理。", "This is about yourself; leave it to a colleague.")
FRIEND: Final = Text(
    "你的账户与当事人有关联（同一设备、付款账户或证件），请由同事处理。",
    "Your account belongs together with that of somebody this is about (a device, a payer or a document in common); "
    "leave it to a colleague.",
)


def too_near(staff: Person, *people: Person) -> Text | None:
    """Why a member of staff decides nothing about any of these people; none if they may."""
    about = {person.pk for person in people}
    if staff.pk in about:
        return OWN
    return None if about.isdisjoint(group_of(staff)) else FRIEND
