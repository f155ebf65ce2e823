"""A real browser against a real server. `CARDTRAIL_SHOTS=DIR` keeps a picture of every page that a test asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from cardtrail.payments.registry import Registry
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.second_factor import has_second_factor
from cardtrail.web.orders import providers
from tests.browser.profiles import DESKTOP, PATIENCE_MS, PHONE, SHOTS, Profiles
from tests.browser.ways import Enter, Look, Way
from tests.chromium import chromium
from tests.payments.worlds import Process
from tests.web.accounts.flows import SECRET
from tests.web.conftest import (
    _keys,
    _language_of_nobody,
    _quick_documents,
    _quickly_emptied,
    ledger,
    people,
)

__all__ = ["_keys", "_language_of_nobody", "_quick_documents", "_quickly_emptied", "ledger", "people"]

# Chromium's own surroundings, which nobody sees here: each of them would be a page and a process more for every page.
# The others are Playwright's own, whose list this one replaces.
WITHOUT = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "AimEnabled", "LensOverlay",
           "MediaRouter", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
           "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "NetworkTimeServiceQuerying", "OptimizationHints",
           "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning")  # fmt: skip
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", f"--disable-features={','.join(WITHOUT)}",
         # Else one is started in advance whenever another profile has its turn.
         "--renderer-process-limit=1"]  # fmt: skip
LOOK = """async () => {
  const serious = ({ impact }) => impact === "serious" || impact === "critical";
  const usual = ({ enabled, tags }) => enabled && !tags.includes("experimental") && !tags.includes("deprecated");
  const rules = axe._audit.rules.filter((rule) => usual(rule) && serious(rule)).map(({ id }) => id);
  const { violations } = await axe.run({ resultTypes: ["violations"], runOnly: { type: "rule", values: rules } });
  const { scrollWidth, clientWidth } = document.documentElement;
  return {
    serious: violations.filter(serious).map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]),
    hangs: scrollWidth - clientWidth,
  };
}"""
"""The rules whose breach is less than serious are not even asked: they take a third of the time."""

Shot = Callable[[Page, str], None]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, one for all files of this folder: its event loop must not outlive them in this process."""
    executable = chromium()
    # Playwright runs an event loop in this thread, and Django would think that we are inside a coroutine.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield started
        started.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def profiles(browser: Browser) -> Profiles:
    """The browser's profiles, which are used again."""
    return Profiles(browser)


@pytest.fixture
def site(live_server: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a running site: http://localhost and a free port, where browsers allow passkeys."""
    monkeypatch.setattr(settings, "CSRF_TRUSTED_ORIGINS", [live_server.url])
    return str(live_server.url)


@pytest.fixture
def open_page(profiles: Profiles, site: str) -> Iterator[Callable[..., Page]]:
    """Opens pages in profiles that know nothing: `open_page(PHONE)`, `open_page(DESKTOP, english=True)`.

    `own=True`, and every option of Playwright's, makes a new profile that nobody gets afterwards: for what cannot be
    taken back, such as a device that keeps passkeys.

    A script that fails, or that the content security policy stops, fails the test.
    """
    trouble: list[str] = []
    with ExitStack() as held:

        def open_one(
            size: dict[str, Any] = PHONE, *, english: bool = False, own: bool = False, **more: Any
        ) -> Page:
            if own or more:
                page = profiles.make(site, size, english=english, **more)
                held.callback(page.context.close)
            else:
                page = profiles.take(site, size, english=english)
                held.callback(profiles.give_back, page, site, size, english=english)
            listening = {
                "pageerror": lambda error: trouble.append(str(error)),
                "console": lambda message: _note(message.type, message.text, trouble),
            }
            for event, listener in listening.items():
                page.on(event, listener)
                held.callback(page.remove_listener, event, listener)
            return page

        yield open_one
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

    def take(page: Page, name: str) -> None:
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def look_over(shot: Shot) -> Shot:
    """Look at a page: nothing serious that axe-core finds, nothing too wide, and a picture of it."""

    def over(page: Page, name: str) -> None:
        check_axe(page)
        shot(page, name)

    return over


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


def check_axe(page: Page) -> None:
    """Nothing that axe-core calls serious or critical, and nothing that hangs over the side of the screen.

    A click may still be on its way to the next page: then it is that page which is looked at.
    """
    page.wait_for_load_state()
    try:
        found = _look(page)
    except PlaywrightError:
        page.wait_for_load_state()
        found = _look(page)
    assert not found["serious"], found["serious"]
    assert found["hangs"] <= 0, f"{page.url} is {found['hangs']} pixels too wide"


def _look(page: Page) -> dict[str, Any]:
    page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate(LOOK)
    return found


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
