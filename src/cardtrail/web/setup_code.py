"""The one-time code of the first-run page: whoever can read the directory may set up the brand, and no stranger."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that could be read as a digit."""

_GROUPS = 4
_GROUP_CHARS = 5
"""Four groups of five characters hold 100 bits."""


def path(directory: Path) -> Path:
    """Where the code lies until it is used."""
    return directory / "setup.code"


def make(directory: Path) -> str:
    """The code of this installation, made now if there is none."""
    known = read(directory)
    if known is not None:
        return known
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS))
    draft = path(directory).with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(code + "\n")
    draft.rename(path(directory))
    return code


def read(directory: Path) -> str | None:
    """The code, none once it was used."""
    try:
        return path(directory).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def fits(directory: Path, given: str) -> bool:
    """Whether somebody typed the code. Small letters, spaces and missing hyphens are forgiven. Takes as long for a
    wrong code as for the right one."""
    code = read(directory)
    return code is not None and hmac.compare_digest(_plain(code), _plain(given))


def use_up(directory: Path) -> None:
    """Remove the code: it has done its duty. A second time does nothing."""
    path(directory).unlink(missing_ok=True)


def _plain(text: str) -> bytes:
    upper = text.upper().translate(str.maketrans("OIL", "011", "- \t\r\n"))
    return upper.encode(errors="replace")
