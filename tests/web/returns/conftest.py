"""A brand that takes cards back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cardtrail.risk.port import Outcome, Verdict
from cardtrail.web.ui import clock
from tests.web.ledgers import Ledger
from tests.web.orders.conftest import play
from tests.web.orders.play import Play
from tests.web.people import People
from tests.web.returns.desk import Brand

__all__ = ["play"]


@pytest.fixture
def brand(ledger: Ledger, people: People, play: Play) -> Brand:
    """Terms are set by the test."""
    return Brand(ledger, people, play)


@pytest.fixture
def later() -> Iterator[Callable[[int], None]]:
    """Our clock goes ahead; put right afterwards."""
    yield clock.set_ahead
    clock.set_ahead(0)


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Risk allows everything."""
    allow = Verdict(outcome=Outcome.ALLOW, reasons=(), values={}, rules=0)
    monkeypatch.setattr("cardtrail.web.risks.ask.decide", lambda *_: allow)
