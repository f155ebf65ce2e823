"""What other people named is shown as they named it: no markup in it is obeyed, nothing in it is hidden."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.text import Text

import cardtrail.cli
from cardtrail.cli import out
from tests.cli.conftest import run

SOURCES = sorted(Path(cardtrail.cli.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize(
    "name", ["x[/bold]y", "[red]x[/]", "a[bold]b", "[link=https://evil.example]c[/link]"]
)
def test_a_log_may_bear_any_name(tmp_path, name):
    ran = run("init", tmp_path / "[i]ledger", "--name", name)
    assert ran.code == 0, ran.err
    assert f"log.vkey    {name}+" in ran.out
    assert f"{tmp_path}/[i]ledger" in ran.out.replace("\n", "")
    ledger = tmp_path / "[i]ledger"
    receipt = tmp_path / "r[bold]"
    assert run("receipt", ledger, "0", "--out", receipt).code == 0
    ran = run("verify", receipt, "--vkey", ledger / "log.vkey")
    assert ran.code == 0, ran.err
    assert f"log 日志: {name}\n" in ran.out
    for verb in (
        ["audit", ledger],
        ["export", ledger, tmp_path / "[x]"],
        ["backup", ledger, tmp_path / "[b]b"],
    ):
        ran = run(*verb)
        assert ran.code == 0, ran.err
        assert str(verb[-1]) in ran.out.replace("\n", "") or name in ran.out


def test_a_product_may_bear_any_name(world):
    (world.path / "more.csv").write_text(
        "product,face,count,kind\n[/]卡[red],100,1,anonymous\n", encoding="utf-8"
    )
    ran = world.ok("issue", world.path / "more.csv", "--codes", world.path / "c2")
    assert "[/]卡[red]" in ran.out
    world.ok("activate", 20)
    world.ok("claim", 20, "--codes", world.path / "c2", "--wallet", world.wallet("ann"))
    for verb in (("card", 20), ("trail", 20), ("wallet", "show")):
        words = (*verb[:2], world.ledger) if verb[0] == "wallet" else (verb[0], world.ledger, verb[1])
        ran = run(*words, *(("--wallet", world.wallet("ann"))))
        assert ran.code == 0, ran.err
        assert "[/]卡[red]" in ran.out


def test_the_consoles_obey_no_markup():
    for screen in (out.console(), out.aside()):
        assert screen.render_str("[bold]x[/] :smile:") == Text("[bold]x[/] :smile:")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_source_relies_on_markup(path):
    """Styles are given as styles. With one text that is markup, every value in it would be markup as well."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\[/?(bold|dim|red|green|yellow|cyan|reverse)\b[^\]\n]*\]|\[/\]", text)
    assert "from_markup" not in text
    assert "markup=True" not in text
    if path.name != "out.py":
        assert not re.search(r"\bConsole\(", text), "a console of its own has markup on"


def test_what_moves_the_cursor_is_shown_as_its_code():
    assert out.visible("a\x1b[2Jb\u202ec卡") == "a\\x1b[2Jb\\u202ec卡"
