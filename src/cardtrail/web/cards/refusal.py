"""What cannot be done now, told to people. Not a fault: nothing has happened."""

from __future__ import annotations

from cardtrail.web.ui.texts import Text


class NotNow(Exception):  # noqa: N818 - a refusal, not a fault
    """`text` says why, and what to do instead. `serial`: a card that the person has already, to be led to."""

    def __init__(self, text: Text, *, serial: int | None = None) -> None:
        super().__init__(text.en)
        self.text = text
        self.serial = serial
