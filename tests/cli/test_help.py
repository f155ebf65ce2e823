"""Every verb teaches itself, and the list of verbs is whole."""

from __future__ import annotations

import shlex

import click
import pytest

from cardtrail import __version__
from cardtrail.cli import main
from cardtrail.cli.app import SECTIONS
from tests.cli.conftest import run

VERBS = [verb for verbs in SECTIONS.values() for verb in verbs]
PROMISED = {
    "init", "node", "demo", "tour", "issue", "activate", "claim", "give", "hold", "release", "return", "redeem",
    "refund", "split", "merge", "freeze", "unfreeze", "void", "rebind", "appoint", "attest", "define", "card", "trail",
    "audit", "verify", "receipt", "export", "backup", "restore", "wallet", "bench", "serve", "web",
}  # fmt: skip


def command(path: str) -> click.Command:
    """A verb, or a verb of a group such as `wallet new`."""
    found: click.Command = main
    for name in path.split():
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None, path
        found = inner
    return found


WEB = ["web check", "web migrate", "web rebuild", "web rotate-key", "web worker"]
ALL = [*VERBS, "wallet new", "wallet show", "wallet key", *WEB]


def test_every_promised_verb_is_there():
    assert set(VERBS) == PROMISED


def test_help_lists_every_verb_and_the_exit_codes():
    ran = run("--help")
    assert ran.code == 0
    for verb in VERBS:
        assert f"\n  {verb} " in ran.out
    assert "Exit codes: 0 done; 1 refused" in ran.out
    assert "3 the node or the disk" in ran.out


@pytest.mark.parametrize("path", ALL)
def test_help_teaches(path):
    ran = run(*path.split(), "--help")
    assert ran.code == 0
    assert "Example:" in ran.out
    assert f"cardtrail {path}" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80, "a line of the help does not fit an ordinary terminal"


@pytest.mark.parametrize("path", ALL)
def test_every_option_says_what_it_is(path):
    for option in command(path).params:
        if isinstance(option, click.Option):
            assert option.help, option.name


@pytest.mark.parametrize("path", ALL)
def test_examples_use_options_that_exist(path):
    ran = run(*path.split(), "--help")
    known = {name for option in command(path).params for name in (*option.opts, *option.secondary_opts)}
    lines = [line.strip() for line in ran.out.splitlines()]
    examples = [line for line in lines if line.startswith(f"cardtrail {path}")]
    assert examples
    for example in examples:
        used = {word for word in shlex.split(example) if word.startswith("--")}
        assert used <= known


def test_help_imports_no_verb():
    """So that it answers at once."""
    import subprocess
    import sys

    code = (
        "import sys; from cardtrail.cli.app import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'apsw', 'django', 'gunicorn', 'nacl', 'starlette', 'uvicorn', 'urllib3', 'cardtrail.node'}\n"
        "print('HEAVY', sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


def test_version():
    assert run("--version").out == f"cardtrail {__version__}\n"


def test_unknown_verb():
    ran = run("transfer")
    assert ran.code == 2
    assert "No such command 'transfer'" in ran.err


def test_a_missing_argument_is_a_usage_error():
    ran = run("redeem")
    assert ran.code == 2
    assert "LEDGER" in ran.err
