"""A refusal of the law on its way to a page."""

from __future__ import annotations

from cardtrail.compliance.refusal import Refused
from cardtrail.web.ui.texts import Text
from cardtrail.wire.words import Words


class RefusedByLaw(Exception):  # noqa: N818 - it names what happened
    """The law stands against it, and nothing was done. `refused` says which rule and why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.rule.code)
        self.refused = refused


def text(words: Words) -> Text:
    """Words of `compliance` as the pages have them."""
    return Text(words.zh, words.en)
