"""The season, played once for all tests here, in a transaction that is undone at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardtrail.client.client import Client as LedgerClient
from cardtrail.node.directory import Directory
from cardtrail.node.embedded import EmbeddedTransport
from cardtrail.node.service import Node, Options
from cardtrail.web.demo.fill import fill
from cardtrail.web.demo.play_money import PlayMoney, play_money
from cardtrail.web.desk.brand import forget_name
from cardtrail.web.ledger.link import Link, linked
from cardtrail.web.ui import clock

SCALE = 0.35
"""How much of the everyday is played here: every story, and a third of the crowd and of the market days."""


@pytest.fixture(scope="package")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ledger and play money lie."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="package")
def told(directory: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """What visitors are told."""
    from django.db import transaction

    ledger = Directory.create(directory / "ledger", "cardtrail.test/demo")
    options = Options(workers=0, checkpoint_interval_ms=3_600_000, clock=clock.now_ms)
    with (
        django_db_blocker.unblock(),
        Node(ledger, options) as node,
        EmbeddedTransport(node) as wire,
        linked(Link(LedgerClient(wire, ledger.vkey()), directory / "ledger" / "keys")),
        transaction.atomic(),
    ):
        yield fill(scale=SCALE, sandbox=directory / "sandbox")
        transaction.set_rollback(True)
    forget_name()


@pytest.fixture
def bank(told: dict[str, Any], directory: Path) -> Iterator[PlayMoney]:
    """The provider that serves the demonstration: begun anew on the files that the season left."""
    with play_money(directory / "sandbox") as again:
        yield again
