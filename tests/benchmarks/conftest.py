from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from cardtrail.cli.benching import yardstick


@pytest.fixture(autouse=True)
def _short_samples(monkeypatch):
    """Nothing here looks at how fast anything is."""
    monkeypatch.setattr(yardstick, "SAMPLE_S", 0.002)


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """Where temporary folders are made during the test, and nothing else."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
