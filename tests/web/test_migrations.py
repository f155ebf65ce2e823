"""Tables in the tests are made from the models; an installation's are made by migrations. Both are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.modules import ROOT


def django(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "CARDTRAIL_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "cardtrail.web.settings",
    }
    return subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_no_model_has_changed_without_a_migration(tmp_path: Path) -> None:
    done = django(tmp_path, "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No changes detected" in done.stdout


def test_migrations_can_be_taken_in_turn(tmp_path: Path) -> None:
    """They name what they build on, so that each can be applied when its turn comes."""
    done = django(tmp_path, "migrate", "--plan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Planned operations" in done.stdout
