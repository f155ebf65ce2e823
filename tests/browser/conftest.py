"""A real browser against a real server. `CARDTRAIL_SHOTS=DIR` keeps a picture of every page that a test asks for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.second_factor import has_second_factor
from tests.web.accounts.flows import SECRET
from tests.web.conftest import _keys, _language_of_nobody, ledger, people

__all__ = ["_keys", "_language_of_nobody", "ledger", "people"]

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE_MS = 20_000
SERIOUS = {"serious", "critical"}

Shot = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one for each file of tests: its event loop must not outlive them in this process.

    Each page has a profile of its own.
    """
    chromium = os.environ.get("CARDTRAIL_CHROMIUM") or shutil.which("chromium")
    assert chromium, "install Chromium (Debian: chromium), or name it in CARDTRAIL_CHROMIUM"
    # Playwright runs an event loop in this thread, and Django would think that we are inside a coroutine.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a running site: http://localhost and a free port, where browsers allow passkeys."""
    monkeypatch.setattr(settings, "CSRF_TRUSTED_ORIGINS", [live_server.url])
    return str(live_server.url)


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens pages with profiles of their own: `open_page(PHONE)`, `open_page(DESKTOP, english=True)`.

    A script that fails, or that the content security policy stops, fails the test.
    """
    contexts = []
    trouble: list[str] = []

    def open_one(size: dict[str, Any] = PHONE, *, english: bool = False, **more: Any) -> Page:
        context = browser.new_context(
            base_url=site,
            locale="en-GB" if english else "zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            **(size | more),
        )
        contexts.append(context)
        if english:
            context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": site}])
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda message: _note(message.type, message.text, trouble))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not trouble


@pytest.fixture
def page_phone(open_page: Callable[..., Page]) -> Page:
    """A telephone, in Chinese."""
    return open_page(PHONE)


@pytest.fixture
def page_desktop(open_page: Callable[..., Page]) -> Page:
    """A desk, in Chinese."""
    return open_page(DESKTOP)


@pytest.fixture
def shot() -> Shot:
    """Keep a picture of a page, if pictures are wanted."""
    folder = os.environ.get("CARDTRAIL_SHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def look_over(shot: Shot) -> Shot:
    """Look at a page: nothing serious that axe-core finds, nothing too wide, and a picture of it."""

    def over(page: Page, name: str) -> None:
        check_axe(page)
        shot(page, name)

    return over


def check_axe(page: Page) -> None:
    """Nothing that axe-core calls serious or critical, and nothing that hangs over the side of the screen.

    A click may still be on its way to the next page: then it is that page which is looked at.
    """
    page.wait_for_load_state()
    try:
        found = Axe().run(page).response["violations"]
    except PlaywrightError:
        page.wait_for_load_state()
        found = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] in SERIOUS
    ]
    assert not serious, serious
    hangs = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert hangs <= 0, f"{page.url} is {hangs} pixels too wide"


def sign_in_browser(page: Page, person: Person, site: str) -> None:
    """Sign somebody in without the pages, with a second factor so that cards are shown."""
    if not has_second_factor(person):
        TOTP.activate(person, SECRET)
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    kept = {"name": name, "value": client.cookies[name].value, "url": site}
    page.context.add_cookies([{**kept, "sameSite": settings.SESSION_COOKIE_SAMESITE}])


def passkey(page: Page) -> None:
    """Give a page's browser a device that keeps passkeys and whose owner always agrees."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def follow(way: Locator) -> None:
    """Press what leads to another page, or to this one anew, and wait until it is there."""
    with way.page.expect_navigation():
        way.click()


def press_to(page: Page, words: str, limit: int = 60) -> None:
    """Go with the Tab key to the control that has these words, and press Enter."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement?.innerText ?? ''"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {words!r} has the focus"
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the Tab key does not reach {words!r}")


def _note(kind: str, text: str, trouble: list[str]) -> None:
    if kind == "error" and "Failed to load resource" not in text:
        trouble.append(text)
