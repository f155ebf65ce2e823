"""Pages with the part that checks a card, and ledgers behind the addresses it asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Page

from cardtrail.client.client import Client
from cardtrail.client.transport import Transport
from cardtrail.signing.keys import SecretKey
from cardtrail.web.cards.proofs import CardProof, card_proof
from cardtrail.wire.commands import Redeem
from cardtrail.wire.scalars import NO_HASH
from tests.client.paper import NETWORK, NOW_MS, PaperLedger, PaperTransport, client_of
from tests.web.verify.browser import SITE, Answer, Site

HOLDER = SecretKey(b"k" * 32)
STYLES = ("tokens", "base", "layout", "components", "forms")


def document(language: str = "zh-hans", *, styled: bool = False, **values: Any) -> str:
    """A page with the part in it; styled as the site is, or as plain as is quick."""
    with translation.override(language):
        part = render_to_string("cards/parts/verify.html", values)
    links = "".join(f'<link rel="stylesheet" href="/static/ui/css/{name}.css">' for name in STYLES if styled)
    return (
        f'<!doctype html><html lang="{"en" if language == "en" else "zh-Hans"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>Card</title>{links}</head>'
        f'<body><main class="page"><h1>Card</h1><section class="panel">{part}</section></main></body></html>'
    )


@dataclass
class Shop:
    """What a holder's browser can ask: a page at /card, the proof at /proof.json, the log below /ledger/.

    files, missing   paths that are answered otherwise than by the ledger: with these bytes, or not at all
    """

    transport: Transport
    page: str = ""
    proof: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def __call__(self, path: str) -> Answer | None:
        if path == "/card":
            return 200, "text/html", self.page.encode()
        if path == "/proof.json":
            return 200, "application/json", self.proof.encode()
        if path in self.missing:
            return 404, "text/html", b"<p>There is nothing here." * 100
        if path in self.files:
            return 200, "application/octet-stream", self.files[path]
        if path.startswith("/ledger/"):
            answer = self.transport.request("GET", path.removeprefix("/ledger"))
            return answer.status, "application/octet-stream", bytes(answer.body)
        return None


class PaperShop(Shop):
    """The same over a ledger on paper, whose operator does as a test says."""

    def __init__(self, ledger: PaperLedger) -> None:
        super().__init__(PaperTransport(ledger))
        self.show(ledger)

    def show(self, ledger: PaperLedger, **values: Any) -> None:
        """From now on this is the ledger, and the card's page has a proof by it."""
        self.transport = PaperTransport(ledger)
        self.page = document(proof=proof_of(ledger), **values)


def proof_of(ledger: PaperLedger, serial: int = 0) -> CardProof:
    """The proof by the ledger's latest checkpoint."""
    client: Client = client_of(ledger)[0]
    return card_proof(client, serial)


def paper_ledger(*amounts_minor: int) -> PaperLedger:
    """A ledger with one card, from which these amounts were spent, each under a checkpoint of its own."""
    ledger = PaperLedger().found()
    ledger.issue(HOLDER.public)
    ledger.seal()
    for amount_minor in amounts_minor:
        spend(ledger, amount_minor)
    return ledger


def spend(ledger: PaperLedger, amount_minor: int) -> None:
    """A redemption and a checkpoint over it."""
    version = ledger.cards[0].version
    ledger.must(Redeem(NETWORK, NOW_MS + 1000, 0, version, amount_minor, NO_HASH), HOLDER)
    ledger.seal()


def open_card(page: Page, shop: Shop, *, modules: bool = False) -> Site:
    """The card's page in the browser, nothing pressed yet."""
    site = Site(page.context, shop)
    site.modules = modules
    page.goto(f"{SITE}/card")
    return site


def press(page: Page) -> str:
    """Press the button; the verdict."""
    page.get_by_role("button", name="开始核验").or_(page.get_by_role("button", name="Check now")).click()
    return verdict(page)


def check(page: Page) -> str:
    """What the button does, without waiting for it to be painted; the verdict."""
    found: str = page.evaluate("document.querySelector('card-check').check()")
    return found


def verdict(page: Page) -> str:
    """The verdict, once there is one."""
    shown = page.locator("card-check[data-verdict]:not([data-verdict=running])")
    shown.wait_for(state="attached")
    return shown.get_attribute("data-verdict") or ""


def failed(page: Page) -> tuple[str | None, str | None]:
    """The step marked as failed, and the part named."""
    step = page.locator("[data-step][data-state=fails]")
    return step.get_attribute("data-step"), page.locator("card-check").get_attribute("data-failed")


def states(page: Page) -> dict[str, str]:
    """Each step and how it stands."""
    found: dict[str, str] = page.eval_on_selector_all(
        "[data-step]",
        "steps => Object.fromEntries(steps.map(step => [step.dataset.step, step.dataset.state]))",
    )
    return found
