"""What the web application's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models.sql.compiler import SQLUpdateCompiler
from django.utils import timezone, translation

from cardtrail.wallet.custody import KeyRing, write_keyring
from cardtrail.web.desk.brand import forget_name
from cardtrail.web.documents import paper
from tests.web.emptying import emptied_by_delete
from tests.web.fonts import cut_fonts
from tests.web.ledgers import Ledger, ledger_in
from tests.web.people import People


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    """The key-encryption keys that an operator would have."""
    if not settings.CONFIG.kek_file.exists():
        write_keyring(settings.CONFIG.kek_file, KeyRing.generate())


@pytest.fixture(scope="session", autouse=True)
def _no_update_through_a_join() -> Iterator[None]:
    """An update whose conditions join tables becomes one of rows that a subquery found. PostgreSQL runs that before it
    waits for another's lock and not again after, so a compare-and-swap would compare nothing."""

    def careful(self: SQLUpdateCompiler) -> None:
        self.query.get_initial_alias()
        assert self.query.count_active_tables() == 1, f"an update of {self.query.model.__name__} joins tables"
        real(self)

    real = SQLUpdateCompiler.pre_sql_setup
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SQLUpdateCompiler, "pre_sql_setup", careful)
        yield


@pytest.fixture(scope="session", autouse=True)
def _quickly_emptied() -> Iterator[None]:
    with emptied_by_delete():
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_documents() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paper, "find_fonts", cut_fonts)
        yield


@pytest.fixture(autouse=True)
def _no_brand_of_another_test() -> None:
    """The brand's name is kept for half a minute."""
    forget_name()


@pytest.fixture(autouse=True)
def _language_of_nobody() -> Iterator[None]:
    """A page leaves the language and the time zone of its reader behind in the thread: not for the next test."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def ledger(db: Any, tmp_path: Path) -> Iterator[Ledger]:
    """A founded ledger on a real node."""
    with ledger_in(tmp_path / "ledger") as made:
        yield made


@pytest.fixture
def people(db: Any) -> People:
    """Makes people."""
    return People()
