"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline and no "too slow" check anywhere: how fast the machine is today must not decide whether a test passes.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

# CI draws the same examples every time, so that a red run can be repeated; a developer's machine keeps exploring
# and remembers what once failed.
settings.register_profile(
    "ci", derandomize=True, database=None, max_examples=200, print_blob=True, **_UNTIMED
)
settings.register_profile("dev", max_examples=50, **_UNTIMED)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
