"""What shares something costly runs in one process, and what takes longest begins first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path

import pytest

from tests.architecture.modules import ROOT
from tests.sharing import LONGEST, TOGETHER, turn, unit_of

TESTS = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(20))
def test_it(number):
    with open(os.environ["WHERE"], "a") as file:
        file.write(f"{pathlib.Path(__file__).name} {os.getpid()}\\n")
"""


def test_a_file_stays_in_one_process(tmp_path: Path) -> None:
    """With the real pytest and the real pytest-xdist, for they have disagreed about it before, without a word."""
    names = [f"test_{letter}.py" for letter in "abcdef"]
    for name in names:
        (tmp_path / name).write_text(TESTS)
    where = tmp_path / "where"
    command = [
        *(sys.executable, "-m", "pytest", str(tmp_path), "-q", "-n", "2", "--dist", "loadgroup"),
        *("-p", "xdist", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", "/dev/null"),
        *("--rootdir", str(tmp_path), "-o", "addopts="),
    ]
    surroundings = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "WHERE": str(where),
    }
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [line.split() for line in where.read_text().splitlines()]
    processes = defaultdict(set)
    for name, process in ran:
        processes[name].add(process)
    assert len(ran) == 20 * len(names)
    assert {name: len(found) for name, found in processes.items()} == dict.fromkeys(names, 1)
    assert len(set.union(*processes.values())) == 2


@pytest.mark.parametrize("place", [*chain(*TOGETHER), *LONGEST])
def test_what_is_named_exists(place: str) -> None:
    assert (ROOT / place).exists()


def test_units() -> None:
    assert unit_of("tests/web/demo/test_market.py::test_b") == unit_of("tests/web/demo/test_demo.py::test_a")
    assert unit_of("tests/web/market/test_order_stand.py::test_a") == unit_of(
        "tests/deals/test_table.py::test_b"
    )
    assert unit_of("tests/wire/test_a.py::TestIt::test_b[x::y]") == "tests/wire/test_a.py"


def test_the_longest_goes_first() -> None:
    units = {"tests/web/demo/": 3, "tests/web/ui/test_a.py": 9, "tests/web/ui/test_b.py": 10}
    assert sorted(units, key=lambda unit: turn(unit, units[unit])) == [
        "tests/web/demo/",
        "tests/web/ui/test_b.py",
        "tests/web/ui/test_a.py",
    ]
