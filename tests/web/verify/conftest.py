"""One browser for all tests of this folder, and a ledger of a real node with proofs of its cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cardtrail.client.client import Client
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.node.service import Node
from cardtrail.web.cards.proofs import CardProof, card_proof
from tests.chromium import chromium
from tests.ledger_world import named
from tests.node.ledgers import founding, new_directory, quiet
from tests.web.verify.browser import FLAGS, Harness, Site, harness_page, open_harness

SPENT, PARTED, _, _, MERGED, PLAIN = range(6)
"""Serials of the ledger below: spent from, split in two, those merged into one; and one that never moved."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def harness(browser: Browser) -> Iterator[Harness]:
    context = browser.new_context()
    Site(context, harness_page)
    page = context.new_page()
    open_harness(page)
    yield Harness(page)
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh profile at phone width."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    yield context.new_page()
    context.close()


@dataclass
class RealLedger:
    """A ledger in a real node, and how to reach it."""

    client: Client
    transport: EmbeddedTransport
    vkey: str
    defined_in: int

    def proof(self, serial: int) -> CardProof:
        return card_proof(self.client, serial, defined_in=self.defined_in)


@pytest.fixture(scope="package")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLedger]:
    world, commands = founding(cards=2)
    world.pass_on(0, "bob")
    world.ok("redeem", serial=0, amount_minor=2_500)
    world.ok("hold", serial=0, release=world.key("cat").public)
    world.ok("return", "cat", serial=0)
    world.ok("split", serial=1, amounts_minor=(4_000, 6_000))
    world.ok("merge", cards=named(world, 2, 3))
    world.card(owner="dan")
    directory = new_directory(tmp_path_factory.mktemp("real") / "ledger")
    with Node(directory, quiet(checkpoint_interval_ms=20)) as node, EmbeddedTransport(node) as transport:
        node.submit(commands + world.take()).result()
        client = Client(transport, directory.vkey())
        entries = client.entries()
        client.wait_for_checkpoint(len(entries))
        defined_in = next(item.index for item in entries if b"\xa6define" in item.entry)
        yield RealLedger(client, transport, directory.vkey().encode(), defined_in)
