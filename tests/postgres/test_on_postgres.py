"""What the web application's tests show about the database, they show on PostgreSQL too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.architecture.modules import ROOT
from tests.cli.serve_process import Serve
from tests.postgres.server import postgres, programs

AT_LEAST = 20
"""So many tests are marked `database`: a run that finds fewer has lost them."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("postgres"),
    pytest.mark.skipif(
        programs() is None and not os.environ.get("CI"), reason="no PostgreSQL server is installed"
    ),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres() as address:
        yield address


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
    command = [
        *(sys.executable, "-m", "pytest", "tests/web", "-m", "database", "-q"),
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
