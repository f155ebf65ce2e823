"""What staff, or a holder at the desk's pages, cannot do, told to them. Not a fault: nothing has happened."""

from __future__ import annotations

from cardtrail.web.ui.texts import Text


class Refused(Exception):  # noqa: N818 - it names what happened
    """`text` says why. Raised as one of its kinds, so that a page catches what its own act may refuse."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text
