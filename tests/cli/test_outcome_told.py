"""What took effect is said to have taken effect, whatever fails afterwards; what cannot work is refused before."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cardtrail.cli import demo
from cardtrail.cli.session import Session
from cardtrail.client.errors import NodeUnavailable
from cardtrail.wallet.wallet import Wallet
from tests.cli.conftest import run


def _program(*words, stdout=subprocess.PIPE, **environment):
    return subprocess.run(
        [sys.executable, "-m", "cardtrail.cli", *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.fixture
def pay(world):
    """Words that pay ¥1 with ann's card 0, which bears ¥100."""
    world.claim(0)
    return ("redeem", world.ledger, 0, "1", "--order", "tea", "--wallet", world.wallet("ann"))


def _balance(world):
    return world.card(0)["balance_minor"]


@pytest.mark.parametrize("where", ["none/r", "ann.wallet", "codes.csv"])
def test_where_a_receipt_cannot_go_is_found_before_anything_is_paid(world, pay, where):
    file = world.path / where
    before = file.read_bytes() if file.exists() else None
    ran = run(*pay, "--receipt", file)
    assert ran.code == 2
    assert str(file) in ran.err
    assert _balance(world) == 10_000
    assert (file.read_bytes() if file.exists() else None) == before


def test_a_receipt_is_replaced_by_a_receipt(world, pay):
    file = world.path / "r"
    assert run(*pay, "--receipt", file).code == 0
    first = file.read_bytes()
    assert run(*pay, "--receipt", file).code == 0
    assert file.read_bytes() not in (b"", first)


def test_pictures_and_receipts_replace_nothing_else(world):
    for words in (("trail", "--svg"), ("receipt", "--out")):
        verb, option = words
        card = (0,) if verb == "trail" else ("--card", 0)
        kept = world.wallet("ann").read_bytes()
        assert "so it stays" in world.fails(2, verb, *card, option, world.wallet("ann"))
        assert world.wallet("ann").read_bytes() == kept
        world.ok(verb, *card, option, world.path / verb)
        world.ok(verb, *card, option, world.path / verb)
    assert "is not a picture" in world.fails(2, "trail", 0, "--svg", world.path / "receipt")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_full_disk_behind_the_output_does_not_hide_a_payment(world, pay, more):
    with Path("/dev/full").open("wb") as full:
        ran = _program(*pay, *more, stdout=full)
    assert ran.returncode == 4
    assert b"accepted as entry" in ran.stderr
    assert b"do not do it again" in ran.stderr
    assert b"Exception ignored" not in ran.stderr
    assert _balance(world) == 9_900


def test_a_node_that_goes_away_after_a_payment_does_not_hide_it(world, pay, monkeypatch):
    def gone(self, answer, file):
        raise NodeUnavailable("the node is gone")

    monkeypatch.setattr(Session, "save_receipt", gone)
    ran = run(*pay, "--receipt", world.path / "r")
    assert ran.code == 4
    assert "accepted as entry" in ran.err
    assert "the node is gone" in ran.err


def test_a_wallet_that_cannot_note_a_payment_does_not_hide_it(world, pay, monkeypatch):
    def fail(self, id, answer):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Wallet, "settle", fail)
    ran = run(*pay)
    assert ran.code == 4
    assert "accepted as entry" in ran.err
    assert _balance(world) == 9_900


def test_an_interruption_after_a_payment_does_not_hide_it(world, pay, monkeypatch):
    def interrupt(self, answer, file):
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "save_receipt", interrupt)
    ran = run(*pay, "--receipt", world.path / "r")
    assert ran.code == 4
    assert "interrupted" in ran.err


def test_a_refusal_stays_a_refusal(world, pay):
    assert run(*pay).code == 0
    assert run("redeem", world.ledger, 0, "9999", "--order", "tea", "--wallet", world.wallet("ann")).code == 1


def test_a_terminal_without_our_characters_does_not_stop_a_verb(world, pay):
    ran = _program(*pay, PYTHONIOENCODING="gbk")
    assert ran.returncode == 0, ran.stderr
    assert "已支付" in ran.stdout.decode("gbk")


def test_a_reader_that_goes_away_is_no_error(world):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        for words in (("audit", world.ledger), ("card", world.ledger, 0, "--json"), ("--help",)):
            ran = _program(*words, stdout=closed)
            assert ran.stderr == b""


def test_control_c_is_quiet(world, monkeypatch):
    def interrupt(self, serial):
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "card", interrupt)
    ran = run("card", world.ledger, 0)
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_an_interrupted_demo_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_move", interrupt)
    ran = run("demo", tmp_path / "d", "--cards", 2)
    assert ran.code == 128 + signal.SIGINT
    assert f"rm -r {tmp_path / 'd'}" in ran.err


def test_the_hint_after_a_receipt_works(world):
    file = world.path / "my receipt"
    hint = world.ok("receipt", "--card", 0, "--out", file).err.partition("check it with: cardtrail ")[2]
    assert f"'{file}'" in hint
    assert run(*shlex.split(hint)).code == 0
