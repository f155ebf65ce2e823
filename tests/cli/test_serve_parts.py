"""The pieces of `serve`: what is shown of a part's words, and how often a broken one is started again."""

from __future__ import annotations

import io
import json
import sys
import time

import pytest
from rich.console import Console

from cardtrail.cli import out
from cardtrail.cli.failures import Unavailable
from cardtrail.cli.serve import part as parts
from cardtrail.cli.serve.lines import KEPT_LINES, Lines
from cardtrail.cli.serve.part import Part, how
from cardtrail.cli.serve.welcome import show_demo
from tests.cli.serve_process import until

STAMP = "2026-11-22 23:04:15,959"


def shown(text: str, *, everything: bool = False) -> tuple[str, Lines]:
    screen = Console(file=io.StringIO(), width=200, color_system=None)
    lines = Lines("web", screen, everything=everything)
    lines.follow(io.StringIO(text))
    lines.finish()
    return screen.file.getvalue(), lines


def test_what_goes_well_is_not_said() -> None:
    said, _ = shown(f"{STAMP} INFO gunicorn.error Booting\nand more of it\nthe ledger answers at …\n")
    assert said == ""


def test_a_warning_is_shown_whole_with_the_name_of_the_part() -> None:
    said, _ = shown(
        f"{STAMP} INFO a b\n{STAMP} ERROR a job failed\nTraceback …\nValueError\n{STAMP} INFO a c\nquiet\n"
    )
    assert said == f"web    │ {STAMP} ERROR a job failed\nweb    │ Traceback …\nweb    │ ValueError\n"


def test_everything_is_shown_to_who_asks_for_it() -> None:
    said, _ = shown(f"{STAMP} DEBUG a b\nplain\n", everything=True)
    assert said == f"web    │ {STAMP} DEBUG a b\nweb    │ plain\n"


def test_the_last_words_of_a_part_that_died_are_kept() -> None:
    said, lines = shown("".join(f"line {number}\n" for number in range(100)))
    assert said == ""
    lines.tell_rest()
    told = lines._screen.file.getvalue().splitlines()
    assert told == [f"web    │ line {number}" for number in range(100 - KEPT_LINES, 100)]


def test_nothing_that_a_part_says_moves_the_cursor() -> None:
    said, _ = shown(f"{STAMP} ERROR a \x1b[2Jgone\x07\n")
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "\\x1b[2Jgone" in said


def test_nobody_reading_does_not_stop_a_part(monkeypatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    lines = Lines("web", out.aside(), everything=True)
    stream = io.StringIO("one\ntwo\n")
    lines.follow(stream)
    lines.finish()
    assert stream.closed, "read to its end"


def test_a_part_that_keeps_dying_is_started_later_and_later(monkeypatch, capsys) -> None:
    now_s = 1_000.0
    monkeypatch.setattr(parts.time, "monotonic", lambda: now_s)
    broken = Part(
        "web", lambda: ["cardtrail.no_such_module"], {}, Lines("web", Console(stderr=True), everything=False)
    )
    pauses = []
    for failures in (0, 1, 2, 20):
        broken.failures = failures
        broken.look_after()
        broken._process.wait()
        broken.look_after()
        assert broken.pid is None
        pauses.append(broken._again_s - now_s)
        now_s = broken._again_s - 0.01
        broken.look_after()
        assert broken.pid is None, "not before its time"
        now_s += 0.02
    assert pauses == pytest.approx([0.5, 1, 2, parts.WORST_PAUSE_S])
    said = capsys.readouterr().err
    assert "web ended unasked (status 1); it is started again in 0.5 s" in said
    assert "No module named cardtrail.no_such_module" in said, "its last words tell why"


def test_a_part_that_ran_well_for_long_begins_counting_anew(monkeypatch) -> None:
    now_s = 1_000.0
    monkeypatch.setattr(parts.time, "monotonic", lambda: now_s)
    part = Part(
        "web", lambda: ["cardtrail.no_such_module"], {}, Lines("web", Console(quiet=True), everything=False)
    )
    part.failures = 5
    part.look_after()
    part._process.wait()
    now_s += parts.WELL_AFTER_S
    part.look_after()
    assert part.failures == 1


def test_a_part_that_does_not_end_is_ended_with_all_it_started(tmp_path) -> None:
    (tmp_path / "deaf.py").write_text(
        "import signal, subprocess, sys, pathlib, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    environment = {"PYTHONPATH": str(tmp_path)}
    deaf = Part("web", lambda: ["deaf"], environment, Lines("web", Console(quiet=True), everything=False))
    deaf.start()
    child = int(until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), "its child"))
    deaf.ask_to_end()
    began_s = time.monotonic()
    deaf.wait(600, hurry=lambda: True)
    assert time.monotonic() - began_s < 600
    until(lambda: not _runs(child), "the end of its child")


def test_an_exit_status_in_words() -> None:
    assert [how(status) for status in (0, 3, -9, -15)] == ["status 0", "status 3", "SIGKILL", "SIGTERM"]


def test_accounts_are_a_table_and_their_names_no_markup(tmp_path, capsys) -> None:
    file = tmp_path / "demo-accounts.json"
    rows = [{"who": "[red]小满[/]", "email": "xiaoman@example.com", "password": "correct horse", "more": 1}]
    file.write_text(json.dumps({"accounts": rows}), encoding="utf-8")
    show_demo(file, private=True)
    said = capsys.readouterr().out
    assert "[red]小满[/]" in said
    assert "correct horse" in said
    assert "Whoever reaches" not in said
    show_demo(file, private=False)
    assert "Whoever reaches this address can use these accounts" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", '{"accounts": [{"who": "x"}]}', '{"accounts": 3}'])
def test_accounts_that_cannot_be_read_are_one_sentence(tmp_path, text) -> None:
    file = tmp_path / "demo-accounts.json"
    file.write_text(text)
    with pytest.raises(Unavailable, match="begin with a new directory"):
        show_demo(file, private=True)


def _runs(pid: int) -> bool:
    from tests.cli.serve_process import processes

    return pid in dict(processes())
