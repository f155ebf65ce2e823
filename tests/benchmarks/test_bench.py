"""`cardtrail bench`, tiny: the figures have their shape, and nothing is left behind. How fast it is, is not tested."""

from __future__ import annotations

import json
import math
import threading

import pytest
from click.testing import CliRunner

from cardtrail.cli import bench as benches
from cardtrail.cli.bench import WORKS, bench
from tests.benchmarks.processes import children

FIELDS = ["work", "rate_per_s", "ratio_to_v", "p50_ms", "p99_ms", "conditions"]
NAMES = {
    "transfers": ["transfers", "transfers-1024"],
    "single": ["single"],
    "http64": ["http64"],
    "audit": ["audit"],
    "proofs": ["proofs", "proofs-1", "receipts", "receipts-1"],
    "scale": ["scale"],
}
TIMED = {"single", "http64", "proofs", "proofs-1", "receipts", "receipts-1"}
TINY = ["--cards", "60", "--count", "130", "--rounds", "1"]


def run(*arguments: str):
    return CliRunner().invoke(bench, [*arguments], catch_exceptions=False)


def check(figure: dict) -> None:
    assert list(figure) == FIELDS
    for name in ("rate_per_s", "ratio_to_v"):
        assert math.isfinite(figure[name])
        assert figure[name] > 0
    if figure["work"] in TIMED:
        assert 0 < figure["p50_ms"] <= figure["p99_ms"]
    else:
        assert figure["p50_ms"] is figure["p99_ms"] is None
    for word in ("cards", "cores", "Python", "SQLite", "durable: yes", "V "):
        assert word in figure["conditions"]


@pytest.mark.parametrize("work", WORKS)
def test_each_work_gives_its_figures_and_leaves_nothing(work, temporary):
    before, threads = children(), threading.active_count()

    result = run(work, "--json", *TINY)

    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert [figure["work"] for figure in figures] == NAMES[work]
    for figure in figures:
        check(figure)
    assert children() == before
    assert threading.active_count() == threads
    assert list(temporary.iterdir()) == []


def test_without_a_work_all_but_scale_are_measured(temporary, monkeypatch):
    asked = []
    monkeypatch.setattr(benches, "_measure", lambda works, *_: asked.append(works) or [])

    assert json.loads(run("--json").stdout) == json.loads(run("--full", "--json").stdout) == []

    assert asked == [[work for work in WORKS if work != "scale"], list(WORKS)]


def test_the_table_has_a_line_for_each_figure_and_progress_stays_off_standard_output(temporary):
    result = run("proofs", *TINY)

    beginnings = [line.split()[0] for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert beginnings == ["work", *NAMES["proofs"]]
    assert "measuring: proofs" in result.stderr
    assert "measuring" not in result.stdout


def test_a_kept_ledger_is_used_again(tmp_path):
    folder = tmp_path / "kept"
    run("transfers", "--dir", str(folder), *TINY)
    [ledger] = folder.iterdir()
    notes = (ledger / "bench.json").stat().st_mtime_ns
    size = (ledger / "checkpoint").read_text().splitlines()[1]

    run("transfers", "--dir", str(folder), *TINY)

    assert [file.name for file in folder.iterdir()] == [ledger.name]
    assert (ledger / "bench.json").stat().st_mtime_ns == notes
    assert int((ledger / "checkpoint").read_text().splitlines()[1]) > int(size)


def test_an_unknown_work_is_misuse():
    assert run("teleport").exit_code == 2
