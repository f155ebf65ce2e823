"""What the web application's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from cardtrail.wallet.custody import KeyRing, write_keyring
from cardtrail.web.desk.brand import forget_name
from tests.web.ledgers import Ledger, ledger_in
from tests.web.people import People


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    """The key-encryption keys that an operator would have."""
    if not settings.CONFIG.kek_file.exists():
        write_keyring(settings.CONFIG.kek_file, KeyRing.generate())


@pytest.fixture(autouse=True)
def _no_brand_of_another_test() -> None:
    """The brand's name is kept for half a minute."""
    forget_name()


@pytest.fixture
def ledger(db: Any, tmp_path: Path) -> Iterator[Ledger]:
    """A founded ledger on a real node."""
    with ledger_in(tmp_path / "ledger") as made:
        yield made


@pytest.fixture
def people(db: Any) -> People:
    """Makes people."""
    return People()
