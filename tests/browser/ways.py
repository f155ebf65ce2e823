"""In which browsers the market's journeys are gone: each once in Chinese and once in English, once on a telephone and
once at a desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page

from cardtrail.web.accounts.models import Person
from tests.browser.profiles import DESKTOP, PHONE


@dataclass(frozen=True)
class Way:
    """A browser's width and its reader's language."""

    english: bool
    phone: bool

    @property
    def size(self) -> dict[str, object]:
        return PHONE if self.phone else DESKTOP

    @property
    def other(self) -> Way:
        """The same language in the other width: for the staff, so that their pages are seen in both, too."""
        return Way(self.english, not self.phone)

    def __call__(self, zh: str, en: str) -> str:
        """The words on the page."""
        return en if self.english else zh

    def __str__(self) -> str:
        return f"{'en' if self.english else 'zh'}-{'phone' if self.phone else 'desk'}"


ZH_PHONE = Way(english=False, phone=True)
ZH_DESK = Way(english=False, phone=False)
EN_PHONE = Way(english=True, phone=True)
EN_DESK = Way(english=True, phone=False)

PHONE_AND_DESK = pytest.mark.parametrize("way", [ZH_PHONE, EN_DESK], ids=str)
DESK_AND_PHONE = pytest.mark.parametrize("way", [ZH_DESK, EN_PHONE], ids=str)

Enter = Callable[[Person, Way], Page]
Look = Callable[[Page, str], None]


def tab_to(page: Page, wanted: Locator, limit: int = 60) -> None:
    """Go with the Tab key to a control, which then shows that it has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {wanted} has the focus"
            return
    raise AssertionError(f"the Tab key does not reach {wanted}")
