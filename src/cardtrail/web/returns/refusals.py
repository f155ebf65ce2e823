"""Why a card is not taken back, in one sentence for people."""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.compliance.refusal import Refused
from cardtrail.web.risks.ask import Asked
from cardtrail.web.ui.texts import Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not.

    code    for programs
    text    for people
    law     the rule of the law that stands against it, where it is one
    url     where to go to change that, and what the link says
    asked   what risk said, where it is risk that stands against it
    """

    code: str
    text: Text
    law: Refused | None = None
    url: str = ""
    link: Text | None = None
    asked: Asked | None = None


def by_law(refused: Refused, text: Text, *, url: str = "", link: Text | None = None) -> Refusal:
    """A refusal of the law, in words for a holder; its rule and source go beside them."""
    return Refusal(refused.rule.code, text, refused, url, link)
