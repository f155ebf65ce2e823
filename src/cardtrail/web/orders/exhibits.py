"""What parties show in a dispute: words and pictures, kept with a hash that the machine and the confirmation name."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cardtrail.web.actions.models import Confirmation
from cardtrail.web.orders.models import Deal, Exhibit, Picture
from cardtrail.web.orders.pictures import Clean, clean
from cardtrail.web.orders.refusals import EMPTY, TOO_LONG, NotPossible
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

MOST_TEXT: Final = 4_000
MOST_PICTURES: Final = 6

_MANY: Final = Text("一次最多 6 张图片。", "At most 6 pictures at a time.")


@dataclass(frozen=True, slots=True)
class Shown:
    """An exhibit before it is kept: everything checked, nothing written."""

    text: str
    pictures: tuple[Clean, ...]

    @property
    def sha256(self) -> bytes:
        """Over the words and the hashes of the pictures: canonical JSON, keys sorted, no spaces."""
        value = {
            "schema": "cardtrail/v1/exhibit",
            "text": self.text,
            "pictures": [picture.sha256.hex() for picture in self.pictures],
        }
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).digest()


def read(text: str, files: Sequence[bytes]) -> Shown:
    """What somebody wants to show. Decoding pictures takes a while: before any transaction. Raises `NotPossible`."""
    words = tidy(text)
    if len(files) > MOST_PICTURES:
        raise NotPossible("too_many_pictures", _MANY, "pictures")
    return Shown(words, tuple(clean(raw) for raw in files))


def tidy(text: str) -> str:
    """Words as they are kept: NFC, without control characters and those that turn the direction of writing. Raises
    `NotPossible`."""
    normal = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    words = "".join(
        each for each in normal if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Cf"}
    ).strip()
    if not words:
        raise NotPossible("text_missing", EMPTY, "text")
    if len(words) > MOST_TEXT:
        raise NotPossible("text_too_long", TOO_LONG.format(most=MOST_TEXT), "text")
    return words


def keep(deal: Deal, shown: Shown, by: Confirmation, side: str, purpose: str) -> Exhibit:
    """Write it down, in the decision's transaction. The same thing shown again by the same person is one exhibit."""
    exhibit, made = Exhibit.objects.get_or_create(
        deal=deal,
        by=by.person,
        sha256=shown.sha256,
        defaults={
            "side": side,
            "purpose": purpose,
            "text": shown.text,
            "at_ms": now_ms(),
            "confirmation": by,
        },
    )
    if made:
        Picture.objects.bulk_create(
            Picture(
                exhibit=exhibit,
                place=place,
                content=picture.content,
                sha256=picture.sha256,
                width=picture.width,
                height=picture.height,
            )
            for place, picture in enumerate(shown.pictures)
        )
    return exhibit
