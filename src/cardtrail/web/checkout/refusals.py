"""What cannot be done with a payment, as a value with a code for programs and words for people."""

from __future__ import annotations

from cardtrail.web.ui.texts import Text


class NotPossible(Exception):  # noqa: N818 - a refusal, not a fault
    """Nothing was done. `code` stays the same for programs, `text` is for people, `field` names what is wrong."""

    def __init__(self, code: str, text: Text, field: str = "") -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text
        self.field = field
