"""The public page: totals, a checkpoint that verifies, tiles that a verifier can use, and no card's secret."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from cardtrail.client.memory import Memory
from cardtrail.signing.notes import VerifierKey
from cardtrail.web.actions.orders import Order
from cardtrail.web.ledger.follow import catch_up
from tests.web.ledgers import Ledger
from tests.web.people import People, claim, do

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def test_totals_and_custody(ledger: Ledger, people: People, client: Client) -> None:
    person = people.make()
    claim(person, ledger, ledger.issue(2))
    do(
        person,
        Order(
            "attest",
            None,
            {"currency": "CNY", "deposit_minor": 42_500, "as_of_ms": 1, "statement": "ab" * 32},
        ),
    )
    ledger.link.client.wait_for_checkpoint(ledger.link.client.ledger().size)
    catch_up()
    page = client.get("/ledger/").content.decode()
    assert "¥1,000.00" in page
    assert "42.5%" in page
    assert "cardtrail.test/web" in page


def test_anybodys_verifier_can_follow_the_log(ledger: Ledger, client: Client) -> None:
    """Two checkpoints taken through the public address agree, by the public tiles alone."""
    memory = Memory(VerifierKey.parse(client.get("/ledger/log.vkey").content.decode().strip()))

    def tile(level: int, number: int, width: int) -> bytes:
        from cardtrail.merkle.tiles import tile_path

        return client.get("/ledger/" + tile_path(level, number, width)).content

    ledger.link.client.wait_for_checkpoint(1)
    first = memory.admit(client.get("/ledger/checkpoint").content.decode(), tile)
    ledger.issue(3)
    ledger.link.client.wait_for_checkpoint(first.size + 2)
    second = memory.admit(client.get("/ledger/checkpoint").content.decode(), tile)
    assert second.size > first.size


@pytest.mark.parametrize("path", ["entries/000", "0/x", "../checkpoint", "entries/000.p/1"])
def test_entries_are_not_public(ledger: Ledger, client: Client, path: str) -> None:
    ledger.link.client.wait_for_checkpoint(1)
    assert client.get(f"/ledger/tile/{path}").status_code == 404


def test_a_node_that_is_away(ledger: Ledger, client: Client) -> None:
    ledger.wire.cut = True
    assert client.get("/ledger/").status_code == 200
    assert client.get("/ledger/checkpoint").status_code == 503
