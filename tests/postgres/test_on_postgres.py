"""What the web application's tests show about the database, they show on PostgreSQL too.

Marked `database` are all that show races, locks, constraints and the orders of rows, and of the others as many as it
takes for every kind of statement that the application sends to have been sent to PostgreSQL once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.architecture.modules import ROOT
from tests.cli.serve_process import Serve
from tests.postgres.server import programs

WEB = ROOT / "tests" / "web"
MARK = "pytest.mark.database"

AT_LEAST = 300
"""So many tests are marked `database`: a run that finds fewer has lost them."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        programs() is None and not os.environ.get("CI"), reason="no PostgreSQL server is installed"
    ),
]


def test_the_server_is_a_real_one(url: str) -> None:
    with psycopg.connect(url) as connection:
        (version,) = connection.execute("SELECT version()").fetchone() or ("",)
    assert version.startswith("PostgreSQL")


def test_serve_keeps_everything_in_postgres(url: str, tmp_path: Path) -> None:
    with Serve(tmp_path / "cards", ("--database", url)) as serve:
        assert serve.health()[0] == 200, "the worker's heartbeat went through the database"
        assert serve.get("/accounts/login/")[0] == 200
        assert serve.stop() == 0
        assert not list(serve.directory.glob("*.db"))
    with psycopg.connect(url) as connection:
        (tables,) = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE tablename = 'accounts_person'"
        ).fetchone()
    assert tables == 1


@pytest.mark.timeout(1200)
def test_the_web_application_on_postgres(url: str) -> None:
    marked = (path for path in WEB.rglob("test_*.py") if MARK in path.read_text(encoding="utf-8"))
    command = [
        *(sys.executable, "-m", "pytest", *map(str, sorted(marked)), "-m", "database", "-q"),
        *("-n0", "-p", "no:cacheprovider"),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, "CARDTRAIL_DATABASE": url}, capture_output=True, text=True
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-20_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None, said
    assert int(passed[1]) >= AT_LEAST, said
    assert "skipped" not in done.stdout, said
