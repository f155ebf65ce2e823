"""Names that people give themselves and other people read."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError

from cardtrail.web.ui.texts import Text

_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (which turn the writing around or show nothing), surrogate, private and unassigned characters."""


def clean_name(text: str) -> str:
    """A name in Unicode normal form C with single spaces. Raises `ValidationError` for hidden characters."""
    if any(unicodedata.category(character) in _REFUSED for character in text):
        raise ValidationError(
            str(Text("名字里有看不见的字符，请删去", "There are invisible characters in it; remove them"))
        )
    return " ".join(unicodedata.normalize("NFC", text).split())
