"""The tour plays as told, says so in the language asked for, and leaves behind what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cardtrail.cli.out import program
from cardtrail.cli.tour import passing
from cardtrail.cli.tour.stage import Stage
from tests.cli.conftest import run

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = [
    "card_inactive", "not_owner", "card_not_held", "card_held", "clearance_missing", "amount_over_face",
    "card_frozen", "rebind_pending", "bad_signature", "wrong_version", "bad_signature", "wrong_network",
]  # fmt: skip


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    """A tour as `make tour` plays it: a process of its own. Its folder, and what it said."""
    folder = tmp_path_factory.mktemp("tour")
    done = subprocess.run(
        [sys.executable, "-m", "cardtrail.cli", "tour"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return folder / "spring", done


def test_the_tour_tells_of_every_refusal_in_order(toured):
    _, done = toured
    assert re.findall(r"✗ 已拒绝 (\w+)", done.stdout) == REFUSALS
    assert done.stderr == ""


def test_the_tour_leaves_what_it_says(toured):
    folder, done = toured
    for name in ("ledger", "codes.csv", "wallets", "tiles", "trail.svg", "trail.receipt"):
        assert (folder / name).exists()
        assert f"spring/{name}" in done.stdout
    for place in (folder / "ledger", folder / "tiles"):
        assert run("audit", place, "--vkey", folder / "ledger" / "log.vkey").code == 0


def test_the_tour_covers_a_month_that_ends_now(toured):
    folder, _ = toured
    audit = run("audit", folder / "ledger", "--json").json
    days = (audit["last_ms"] - audit["first_ms"]) / 86_400_000
    assert 25 < days <= 30
    kinds = set(audit["checked"]["kinds"])
    assert kinds >= {
        "define", "issue", "activate", "transfer", "hold", "release", "return", "redeem", "refund", "split", "merge",
        "freeze", "unfreeze", "void", "rebind", "appoint", "attest", "seal",
    }  # fmt: skip


def test_what_it_says_to_try_next_works(toured, monkeypatch):
    folder, done = toured
    monkeypatch.chdir(folder.parent)
    lines = done.stdout.partition("Try next")[2].splitlines()
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("  cardtrail ")]
    assert len(commands) == 6
    for command in commands:
        if command[0] != "node":
            ran = run(*command)
            assert ran.code == 0, (command, ran.err)


@pytest.mark.parametrize(("language", "chinese"), [("zh", True), ("en", False)])
def test_one_language(tmp_path, language, chinese):
    ran = run("tour", tmp_path / "t", "--lang", language)
    assert ran.code == 0, ran.err
    story = ran.out.partition("Log cardtrail.local")[0]
    told = story.partition("迎春卡")[0]
    assert bool(re.search("[\u4e00-\u9fff]", told)) is chinese
    assert ("Fang" in told) is not chinese


def test_a_fresh_directory_each_time(tmp_path, monkeypatch):
    from cardtrail.cli.tour import verb

    monkeypatch.chdir(tmp_path)
    assert verb._fresh(None) == Path("spring")
    (tmp_path / "spring").mkdir()
    (tmp_path / "spring-2").mkdir()
    assert verb._fresh(None) == Path("spring-3")
    ran = run("tour", tmp_path / "spring")
    assert ran.code == 2
    assert "there is something at" in ran.err


def test_a_wrong_outcome_is_an_error(tmp_path, monkeypatch):
    """Take the double sale's refusal away, and the tour must notice."""

    def believe(stage, command, reason, wallet=None):
        stage.accepted(command, wallet)

    real = passing.sales

    def sales(stage, serial):
        monkeypatch.setattr(Stage, "refused", believe)
        real(stage, serial)

    monkeypatch.setattr(passing, "sales", sales)
    ran = run("tour", tmp_path / "t")
    assert ran.code == 1
    assert "did not go as told: card_held" in ran.err


def test_a_batch_too_small_for_the_story(tmp_path):
    batch = tmp_path / "b.csv"
    batch.write_text("product,face,count,kind\nSpring,100,1,anonymous\n", encoding="utf-8")
    ran = run("tour", tmp_path / "t", "--batch", batch)
    assert ran.code == 2
    assert "needs at least 5 anonymous cards of 100 yuan" in ran.err


def test_its_hints_can_be_typed_as_they_stand(monkeypatch):
    monkeypatch.setattr("sys.argv", ["some/bin/cardtrail"])
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert program() == "some/bin/cardtrail"
    monkeypatch.setattr("shutil.which", lambda name: "/bin/cardtrail")
    assert program() == "cardtrail"
