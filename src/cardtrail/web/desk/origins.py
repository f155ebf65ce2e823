"""Where a case began, beside a card and a person: an order, a listing. Apps above the desk say which page shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardtrail.web.desk.casework import Case
from cardtrail.web.desk.models import Staff
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True)
class Origin:
    """A sort of thing that a case can begin with.

    word   what it is called
    page   where it is shown, by its name
    roles  who may open that
    """

    word: Text
    page: Callable[[str], str]
    roles: tuple[str, ...]


_known: Final[dict[str, Origin]] = {}


def know(sort: str, origin: Origin) -> None:
    """From now on cases whose `origin` begins with this word and a stroke lead to that page."""
    _known[sort] = origin


def link(case: Case, staff: Staff) -> tuple[Text, str] | None:
    """What a case began with, and its page; none where this member of staff may not open it, or there is none."""
    sort, _, name = case.origin.partition("/")
    known = _known.get(sort)
    if known is None or not staff.may(*known.roles):
        return None
    return known.word, known.page(name)
