"""Browser profiles that are used again, and forget.

A new profile costs a second of the machine: processes that start, a page's scripts and fonts that are read anew. So a
page is lent to one test after the other, and between them its profile forgets cookies, storage, cache and permissions.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

PATIENCE_MS = 20_000
SHOTS = os.environ.get("CARDTRAIL_SHOTS")
PHONE = {
    "viewport": {"width": 390, "height": 844},
    # Four times the pixels are for who looks at them.
    "device_scale_factor": 2 if SHOTS else 1,
    "has_touch": True,
    "is_mobile": True,
}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
QUIET = "/manifest.webmanifest"
"""Of the site, so that its process is kept, and without a script that would go on asking for things."""


class Profiles:
    """One browser's profiles.

    Where none of a kind is free a new one is made, so that people who meet in a test have one each.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[tuple[str, bool], list[Page]] = defaultdict(list)

    def take(self, site: str, size: dict[str, Any], *, english: bool) -> Page:
        """A page in a profile that knows nothing but its language."""
        free = self._free[str(size), english]
        page = free.pop() if free else self.make(site, size, english=english)
        speak(page, site, english=english)
        return page

    def make(self, site: str, size: dict[str, Any], *, english: bool, **more: Any) -> Page:
        """A page in a new profile."""
        context = self._browser.new_context(
            base_url=site,
            locale="en-GB" if english else "zh-CN",
            reduced_motion="reduce",
            **({"timezone_id": "Asia/Shanghai"} | size | more),
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        speak(page, site, english=english)
        return page

    def give_back(self, page: Page, site: str, size: dict[str, Any], *, english: bool) -> None:
        """Whoever takes it next finds nothing of what was done with it."""
        try:
            forget(page, site)
        except PlaywrightError:
            page.context.close()  # It is in no state to be used again.
        else:
            self._free[str(size), english].append(page)


def speak(page: Page, site: str, *, english: bool) -> None:
    """What somebody has chosen who reads English."""
    if english:
        page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": site}])


def forget(page: Page, site: str) -> None:
    """Leave the page that is shown, and forget everything."""
    context = page.context
    for other in context.pages:
        if other != page:
            other.close()
    page.goto(site + QUIET)
    page.evaluate("window.name = ''; sessionStorage.clear()")
    context.clear_cookies()
    context.clear_permissions()
    devtools = context.new_cdp_session(page)
    devtools.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": "all"})
    devtools.send("Network.clearBrowserCache")
    devtools.detach()
