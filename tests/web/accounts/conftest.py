"""What the accounts' tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_counts_of_other_tests(db: object) -> Iterator[None]:
    """Limits count in the cache, which a test's transaction may not take back."""
    cache.clear()
    yield
    cache.clear()
