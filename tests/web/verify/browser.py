"""A browser without a network: what it asks for is answered from files and by the test, and by nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

from cardtrail.web.cards import standalone
from cardtrail.web.ui import texts

STATIC = Path(standalone.__file__).parent / "static" / "cards"
UI = Path(texts.__file__).parent / "static" / "ui" / "css"
HERE = Path(__file__).parent
SITE = "http://localhost"
"""Browsers give an insecure address no cryptography, but for this one."""

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"
"""The site's own, so that nothing here works that would not there."""

Answer = tuple[int, str, bytes]
"""Status, media type, body."""

Serve = Callable[[str], Answer | None]
"""Given a path, the test's answer; none for what is nowhere."""


def nothing(path: str) -> Answer | None:
    return None


class Site:
    """The addresses below `SITE`: static files, and what `serve` answers.

    away      prefixes of paths that cannot be reached
    modules   give the script's modules one by one, as the site does, and not bundled, which is quicker
    """

    def __init__(self, context: BrowserContext, serve: Serve = nothing) -> None:
        self.serve = serve
        self.modules = False
        self.away: set[str] = set()
        self.asked: list[str] = []
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        url = route.request.url
        path = url.removeprefix(SITE)
        self.asked.append(path if url.startswith(SITE) else url)
        if not url.startswith(SITE) or any(path.startswith(prefix) for prefix in self.away):
            route.abort("internetdisconnected")
            return
        status, kind, body = self.serve(path) or self._script(path) or _file(path)
        route.fulfill(
            status=status, content_type=kind, body=body, headers={"Content-Security-Policy": POLICY}
        )

    def _script(self, path: str) -> Answer | None:
        if self.modules or path != "/static/cards/verify/verify-page.js":
            return None
        return 200, "text/javascript", standalone.bundled_script().encode()


def _file(path: str) -> Answer:
    if path.startswith("/static/cards/verify/"):
        file = STATIC / path.removeprefix("/static/cards/")
    elif path.startswith("/static/ui/css/"):
        file = UI / path.removeprefix("/static/ui/css/")
    elif path.startswith("/harness/verify/"):
        file = STATIC / path.removeprefix("/harness/")
    elif path == "/harness/harness.js":
        file = HERE / "harness.js"
    else:
        return 404, "text/plain", b"nothing here"
    kind = "text/javascript" if file.suffix == ".js" else "text/css"
    return 200, kind, file.read_bytes()


def open_harness(page: Page) -> None:
    """A page with `harness.js`."""
    page.goto(f"{SITE}/harness/page")
    page.wait_for_function("globalThis.ready")


def harness_page(path: str) -> Answer | None:
    if path != "/harness/page":
        return None
    return 200, "text/html", b'<!doctype html><script type="module" src="/harness/harness.js"></script>'


class Harness:
    """The modules' functions: `harness.receipts([case, …])` gives an answer for each case, "holds" or the part."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            # As one text: to hand over thousands of values one by one takes longer than to check them.
            return self.page.evaluate(
                "([name, text]) => harness[name](...JSON.parse(text))", [name, json.dumps(arguments)]
            )

        return call
