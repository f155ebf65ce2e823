"""When risk fails, nothing is allowed."""

from __future__ import annotations

import pytest

from cardtrail.risk.failure import SMALL_UP_TO_MINOR, on_failure
from cardtrail.risk.port import Outcome


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        (0, "CNY", Outcome.HOLD),
        (SMALL_UP_TO_MINOR, "CNY", Outcome.HOLD),
        (SMALL_UP_TO_MINOR + 1, "CNY", Outcome.BLOCK),
        (None, "CNY", Outcome.BLOCK),
        (1, "USD", Outcome.BLOCK),
    ],
)
def test_small_waits_and_large_is_refused(value, currency, expected):
    found = on_failure(value, currency)
    assert found.outcome is expected
    assert not found.allowed
    assert found.rules == 0
    assert found.reasons[0].words.zh
