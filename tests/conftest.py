"""Settings that every test shares."""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.depth import DEPTH

# No deadline and no "too slow" check anywhere: how fast the machine is today must not decide whether a test passes.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

# CI draws the same examples every time, so that a red run can be repeated; a developer's machine keeps exploring
# and remembers what once failed.
settings.register_profile(
    "ci", derandomize=True, database=None, max_examples=100 * DEPTH, print_blob=True, **_UNTIMED
)
settings.register_profile("dev", max_examples=50 * DEPTH, **_UNTIMED)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadgroup` keeps together what tests/sharing.py says."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from tests.sharing import Sharing

    return Sharing(config, log)


def pytest_collection() -> None:
    """All that is made until the tests begin stays: a collector that looked at it would take longer than the making."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
