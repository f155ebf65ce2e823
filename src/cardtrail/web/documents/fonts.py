"""Which fonts a PDF document embeds: a sans-serif with simplified Chinese, in regular and bold, and one of fixed width.

Searched in this order: `CARDTRAIL_FONT` (a regular font file; a bold one may follow after `:`), then Noto Sans CJK
where Debian, Ubuntu, Arch, Fedora and SUSE install it, then other Chinese fonts of Linux and macOS.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError  # type: ignore[import-untyped]

VARIABLE = "CARDTRAIL_FONT"

SEARCHED = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("/usr/share/fonts/truetype/NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("/usr/local/share/fonts/NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "wqy-microhei.ttc"),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "wqy-zenhei.ttc"),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", "Hiragino Sans GB.ttc"),
    ("/System/Library/Fonts/STHeiti Light.ttc", "STHeiti Medium.ttc"),
)
"""A regular font, and the name of the bold one in the same folder."""

_SIMPLIFIED = {"SC", "GB", "CN", "Hans"}
_NEEDED = {ord(char) for char in "债权转让¥0A"}
_COLLECTION = b"ttcf"
# The library meets damage with assertions and whatever else comes of reading on.
_DAMAGED = (TTLibError, AssertionError, EOFError, IndexError, KeyError, ValueError, struct.error)


class FontMissing(RuntimeError):  # noqa: N818 - it names what happened
    """There is no font to write Chinese with. The text says what to install."""


@dataclass(frozen=True, slots=True)
class Face:
    """One font of a file, by its number in the collection (0 in a file of one font)."""

    path: Path
    number: int = 0


@dataclass(frozen=True, slots=True)
class Fonts:
    """What a document is set in. Where there is no bold or no fixed-width font, the regular one stands in."""

    regular: Face
    bold: Face
    mono: Face


def find_fonts(
    environment: Mapping[str, str] | None = None, searched: Iterable[tuple[str, str]] = SEARCHED
) -> Fonts:
    """The first fonts that are there. Raises `FontMissing`.

    environment   where `CARDTRAIL_FONT` is looked up; the process's own if none is given
    """
    named = (os.environ if environment is None else environment).get(VARIABLE, "")
    if named:
        regular, _, bold = named.partition(os.pathsep)
        for path in (regular, bold or regular):
            if _look(Path(path)) is None:
                raise FontMissing(f"{VARIABLE} names {path}, which is not a font with Chinese characters")
        return _fonts(Path(regular), Path(bold or regular))
    for path, bold_name in searched:
        if _look(Path(path)) is not None:
            bold_path = Path(path).with_name(bold_name)
            return _fonts(Path(path), bold_path if _look(bold_path) is not None else Path(path))
    raise FontMissing(
        "there is no font with Chinese characters for documents; install Noto Sans CJK "
        f"(Debian and Ubuntu: apt install fonts-noto-cjk), or name a font file in {VARIABLE}"
    )


def _fonts(regular: Path, bold: Path) -> Fonts:
    sans, mono = _look(regular) or (0, 0)
    heavy, _ = _look(bold) or (0, 0)
    return Fonts(Face(regular, sans), Face(bold, heavy), Face(regular, mono))


def _look(path: Path) -> tuple[int, int] | None:
    """The numbers of the simplified Chinese face and of its fixed-width sister; none for what is no such font."""
    try:
        return _look_into(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _look_into(path: Path, _changed_ns: int) -> tuple[int, int] | None:
    with path.open("rb") as file:
        is_collection = file.read(len(_COLLECTION)) == _COLLECTION
    try:
        if not is_collection:
            with TTFont(path, lazy=True) as font:
                return (0, 0) if _is_chinese(font) else None
        with TTCollection(path, lazy=True) as collection:
            families = [set((font["name"].getBestFamilyName() or "").split()) for font in collection.fonts]
            ours = [number for number, words in enumerate(families) if words & _SIMPLIFIED]
            sans = next((number for number in ours if "Mono" not in families[number]), 0)
            mono = next((number for number in ours if "Mono" in families[number]), sans)
            return (sans, mono) if _is_chinese(collection.fonts[sans]) else None
    except _DAMAGED:
        return None


def _is_chinese(font: TTFont) -> bool:
    return not _NEEDED - (font.getBestCmap() or {}).keys()
