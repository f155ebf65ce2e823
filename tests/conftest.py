"""Settings that every test shares."""

from __future__ import annotations

import os

import pytest
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests with a browser follow one another in one process, so that it starts once and then goes.

    Playwright's event loop runs as long as its browser, and a test of another file in between would run inside it.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
