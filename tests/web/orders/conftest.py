"""A market for tests: a real ledger, play money, a seller with a listed card, buyers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cardtrail.deals.regions import Advice
from cardtrail.web.orders import gate, providers
from tests.web.ledgers import Ledger
from tests.web.orders.market import Market
from tests.web.orders.play import Play
from tests.web.people import People


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """The sandbox provider, in this process."""
    made = Play(tmp_path / "play")
    with providers.using(made.registry):
        yield made
    made.close()


@pytest.fixture
def market(ledger: Ledger, people: People, play: Play) -> Iterator[Market]:
    """Seller, buyer, a listed card; risk allows everything."""
    before = gate.answered_by(lambda _: (Advice.ALLOW, ()))
    yield Market(ledger, people, play)
    gate.answered_by(before)
