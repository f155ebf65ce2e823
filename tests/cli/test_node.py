"""`node`: a real process; the other verbs reach it by its directory and by its address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from cardtrail.node.directory import Directory
from tests.cli.conftest import run


@pytest.fixture
def served(world):
    """The world with its node running; `url` is where."""
    command = [sys.executable, "-m", "cardtrail.cli", "node", str(world.ledger), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "answers at http://127.0.0.1:" in line, line
        world_url = line.split(" answers at ")[1].split(";")[0]
        try:
            yield world, world_url, process
        finally:
            if process.poll() is None:
                process.terminate()
            rest = process.stderr.read()
            assert "Traceback" not in rest, rest


def test_verbs_work_through_directory_and_address(served):
    world, url, process = served
    world.claim(0)
    pay = ("--order", "A", "--wallet", world.wallet("ann"))
    assert run("redeem", url, 0, "10", *pay).code == 0
    assert run("redeem", world.ledger, 0, "10", *pay).code == 0
    ran = run("activate", url, 15)
    assert ran.code == 2
    assert "--keys" in ran.err
    assert run("activate", url, 15, "--keys", world.ledger / "keys").code == 0
    by_url = run("card", url, 0, "--vkey", world.ledger / "log.vkey", "--json").json
    assert by_url["card"]["balance_minor"] == 8_000
    assert by_url["key_pinned"] is True
    assert run("card", url, 0, "--json").json["key_pinned"] is False
    for where in (url, world.ledger):
        assert run("trail", where, 0).code == 0

    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert world.card(0)["balance_minor"] == 8_000


def test_reading_verbs_work_beside_a_running_node(served):
    world, url, _ = served
    ran = run("audit", world.ledger, "--json")
    assert (ran.code, ran.json["sound"]) == (0, True)
    assert "a node is writing here" in ran.err
    assert run("audit", url, "--vkey", world.ledger / "log.vkey").code == 0
    assert run("export", world.ledger, world.path / "tiles").code == 0
    assert run("backup", world.ledger, world.path / "backup").code == 0


def test_a_second_node_is_told_where_the_first_one_is(served):
    world, url, _ = served
    ran = run("node", world.ledger, "--listen", "127.0.0.1:0")
    assert ran.code == 3
    assert url in ran.err


def test_ctrl_c_stops_it_in_order(served):
    world, _, process = served
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert (world.ledger / "lock").read_text() == ""


@pytest.mark.parametrize("listen", ["8080", "localhost", "127.0.0.1:99999", ":80", "host:port"])
def test_an_address_that_is_none(world, listen):
    assert "is not HOST:PORT" in world.fails(2, "node", "--listen", listen)


def test_a_node_that_is_not_there():
    ran = run("card", "http://127.0.0.1:1", 0)
    assert ran.code == 3
    assert "gave no whole answer" in ran.err
    assert "Traceback" not in ran.err
    assert run("card", "http://user:secret@127.0.0.1:1", 0).code == 2
    assert run("audit", "http://127.0.0.1:1").code == 3


def test_a_directory_that_another_verb_holds(world, monkeypatch):
    monkeypatch.setattr("cardtrail.cli.session.LOCK_PATIENCE_S", 0.0)
    lock = Directory(world.ledger).lock()
    try:
        assert "another process is using the ledger" in world.fails(3, "card", 0)
    finally:
        lock.release()
    world.ok("card", 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_directory(world):
    world.ledger.chmod(0o500)
    try:
        world.fails(3, "activate", 15)
    finally:
        world.ledger.chmod(0o700)
