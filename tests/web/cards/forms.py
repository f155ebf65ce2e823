"""Reading forms out of pages."""

from __future__ import annotations

import re
from typing import Any


def text_of(page: Any) -> str:
    text: str = page.content.decode()
    return text


def token_in(page: Any) -> str:
    """The token of the first form that is meant once."""
    found = re.search(r'name="token" value="([0-9a-f]{32})"', text_of(page))
    assert found is not None, text_of(page)
    return found[1]


def hidden(page: Any) -> dict[str, list[str]]:
    """The hidden fields of a page, each with its values, without the CSRF token."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text_of(page)):
        if name not in {"csrfmiddlewaretoken", "next"}:
            found.setdefault(name, []).append(value)
    return found
