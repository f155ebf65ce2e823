"""How the tests are shared out among processes: what shares something costly stays together, the longest goes first.

A file's tests stay together, for its fixtures are made in the process that runs them; so do the files that share a
fixture of their folder. (The mark `xdist_group` would say the same, but pytest-xdist 3.8 loses it under pytest 9.2: it
writes the group into an attribute that pytest no longer reads.)
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER = (
    ("tests/postgres/",),
    ("tests/web/demo/",),
    ("tests/web/verify/",),
    ("tests/deals/test_table.py", "tests/web/market/test_order_stand.py"),
)
"""What shares something costly: a database server, a season that is played, a browser, a walk over all that can happen
to an order. Each is called by the first of its places."""

LONGEST = (
    "tests/postgres/",
    "tests/cli/test_serve_demo.py",
    "tests/crash/test_web_kills.py",
    "tests/crash/test_order_kills.py",
    "tests/web/test_routes.py",
    "tests/web/demo/",
    "tests/ledger/test_model.py",
    "tests/cli/test_serve.py",
    "tests/web/api/test_fuzz.py",
    "tests/browser/",
    "tests/web/documents/",
)
"""What begins first, so that no process is left alone with it at the end. After that, whatever has the most tests."""


def unit_of(nodeid: str) -> str:
    """What a test stays together with."""
    path = nodeid.partition("::")[0]
    return next((places[0] for places in TOGETHER if path.startswith(places)), path)


def turn(unit: str, tests: int) -> tuple[int, int]:
    """When a unit begins: the smallest first."""
    rank = next((place for place, long in enumerate(LONGEST) if unit.startswith(long)), len(LONGEST))
    return rank, -tests


class Sharing(LoadScopeScheduling):
    """pytest-xdist's scheduler of whole units, with these units in this order."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        first = min(self.workqueue, key=lambda unit: turn(unit, len(self.workqueue[unit])))
        self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
