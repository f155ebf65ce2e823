"""Our icons, from the sprite `static/ui/icons.svg`. They take the colour of the text around them."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_SPRITE: Final = Path(__file__).parent / "static" / "ui" / "icons.svg"
_SYMBOL: Final = re.compile(r'<symbol id="([a-z-]+)" viewBox="0 0 24 24"><path d="([^"<>&]+)"/></symbol>')
_OTHER_NAMES: Final = {"frozen": "snowflake", "law": "scale", "take-back": "hand-return"}


def _shapes() -> dict[str, str]:
    drawn = dict(_SYMBOL.findall(_SPRITE.read_text(encoding="utf-8")))
    return drawn | {name: drawn[same] for name, same in _OTHER_NAMES.items()}


SHAPES: Final = _shapes()
"""Name of an icon, and its path."""


@functools.lru_cache(maxsize=512)
def icon_svg(name: str, label: str = "") -> SafeString:
    """An icon as inline SVG. Without a label it is decoration, hidden from screen readers.

    Raises `KeyError` for a name that is not ours."""
    path = mark_safe(SHAPES[name])  # noqa: S308  # From our own file.
    return format_html(_NAMED, label, path) if label else format_html(_PLAIN, path)


_OPEN: Final = (
    '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" '
)
_STROKE: Final = 'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" '
_NAMED: Final = _OPEN + _STROKE + 'role="img" aria-label="{}"><path d="{}"/></svg>'
_PLAIN: Final = _OPEN + _STROKE + 'aria-hidden="true" focusable="false"><path d="{}"/></svg>'
