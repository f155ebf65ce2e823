"""In which browsers the market's journeys are gone: each once in Chinese and once in English, once on a telephone and
once at a desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Locator, Page

from cardtrail.payments.registry import Registry
from cardtrail.web.accounts.models import Person
from cardtrail.web.orders import providers
from tests.browser.conftest import DESKTOP, PHONE, Shot, sign_in_browser
from tests.payments.worlds import Process


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


@pytest.fixture
def here(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that the site makes lead to the site, and nobody is slowed down by another test."""
    cache.clear()
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, public_url=site))


@pytest.fixture
def enter(open_page: Callable[..., Page], site: str, here: None) -> Enter:
    """A page of a browser in which somebody is signed in."""

    def opened(person: Person, way: Way) -> Page:
        Person.objects.filter(pk=person.pk).update(language=way("zh-hans", "en"))
        given = {"verified": True, "primary": True}
        EmailAddress.objects.get_or_create(user=person, email=person.email, defaults=given)
        page = open_page(way.size, english=way.english)
        sign_in_browser(page, person, site)
        return page

    return opened


@pytest.fixture
def look(look_over: Shot, way: Way) -> Look:
    """Look over a page; its picture is named after the browser that shows it."""

    def over(page: Page, name: str) -> None:
        size = page.viewport_size
        seen = Way(way.english, phone=size is not None and size["width"] < DESKTOP["viewport"]["width"])
        look_over(page, f"{name}-{seen}")

    return over


@pytest.fixture
def checkout(tmp_path: Path, here: None) -> Iterator[Process]:
    """The payment provider with play money as a process of its own, on a port of its own; it ends with the test."""
    with (
        Process(tmp_path / "provider") as process,
        providers.using(Registry({providers.SANDBOX: process.provider})),
    ):
        yield process


def tab_to(page: Page, wanted: Locator, limit: int = 60) -> None:
    """Go with the Tab key to a control, which then shows that it has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {wanted} has the focus"
            return
    raise AssertionError(f"the Tab key does not reach {wanted}")
