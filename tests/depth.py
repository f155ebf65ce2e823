"""How far the tests go that draw by chance."""

from __future__ import annotations

import os

DEPTH = int(os.environ.get("CARDTRAIL_TEST_DEPTH", "1"))
"""So many times as many examples as usual: `CARDTRAIL_TEST_DEPTH=10 make test` takes a long look."""
