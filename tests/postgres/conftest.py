"""One PostgreSQL server for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres.server import postgres


@pytest.fixture(scope="package")
def url() -> Iterator[str]:
    with postgres() as address:
        yield address
