"""Pictures that people send as evidence, made anew: only their pixels are kept, in one format, without any metadata.

What comes in is bytes of a stranger. It is decoded by three decoders alone (no SVG, no PDF, nothing with scripts), at
most so large, and what is kept was encoded by us: a file that is two things at once comes out as one.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from PIL import Image, UnidentifiedImageError

from cardtrail.web.orders.refusals import NotPossible
from cardtrail.web.ui.texts import Text

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MAX_BYTES: Final = 8 * 1024 * 1024
"""As it is sent."""

MAX_PIXELS: Final = 40_000_000
"""Looked at before anything is decoded: a small file can unfold into gigabytes."""

SIDE: Final = 2_000
"""The longer side of what is kept, in pixels: enough to read a screenshot."""

QUALITY: Final = 82

ORIENTATION: Final = 0x0112
"""Where in EXIF a camera says how it was held."""

TURNS: Final[Mapping[object, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes it upright, by what it says. Pillow's own function writes the whole EXIF anew, and fails where a camera
wrote something odd."""

_TOO_LARGE: Final = Text("图片太大：每张不超过 8 MB。", "The picture is too large: at most 8 MB each.")
_NOT_ONE: Final = Text(
    "这个文件打不开。请上传 JPEG、PNG 或 WebP 图片。",
    "This file cannot be read. Send JPEG, PNG or WebP pictures.",
)


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture as it is kept: JPEG."""

    content: bytes
    width: int
    height: int

    @property
    def sha256(self) -> bytes:
        """Its hash: what the evidence refers to."""
        return sha256(self.content).digest()


def clean(raw: bytes) -> Clean:
    """A picture from what somebody sent. Raises `NotPossible`."""
    if len(raw) > MAX_BYTES:
        raise NotPossible("picture_too_large", _TOO_LARGE, "pictures")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise NotPossible("picture_too_large", _TOO_LARGE, "pictures")
                return _encoded(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotPossible("picture_too_large", _TOO_LARGE, "pictures") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise NotPossible("picture_unreadable", _NOT_ONE, "pictures") from None


def _upright(image: Image.Image) -> Image.Image:
    """The picture as its camera was held. What else a camera wrote, however strange, spoils no picture: it is dropped
    anyway."""
    try:
        turned = image.getexif().get(ORIENTATION)
    except (SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, OSError, struct.error):
        turned = None
    return image.transpose(TURNS[turned]) if turned in TURNS else image


def _encoded(image: Image.Image) -> Clean:
    upright = _upright(image)
    flat = Image.new("RGB", upright.size, "white")
    with_alpha = upright.convert("RGBA")
    flat.paste(with_alpha, mask=with_alpha.getchannel("A"))
    flat.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY)
    return Clean(out.getvalue(), flat.width, flat.height)
