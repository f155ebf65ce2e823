"""The browser of the tests: Chromium, where it is installed without the surroundings that nobody sees here."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium-headless-shell", "chromium")
"""The first is the same engine alone: a page takes a third less of the processor."""


def chromium() -> str:
    """Where it is: as `CARDTRAIL_CHROMIUM` says, or else in the path."""
    found = os.environ.get("CARDTRAIL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, (
        "install Chromium (Debian: chromium-headless-shell or chromium), or name it in CARDTRAIL_CHROMIUM"
    )
    return found
