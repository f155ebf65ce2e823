"""`init`: the files, their modes, the authorities."""

from __future__ import annotations

import stat

from cardtrail.signing.notes import VerifierKey
from tests.cli.conftest import run


def test_init_makes_a_ledger_that_can_be_audited(tmp_path):
    ledger = tmp_path / "new"
    ran = run("init", ledger, "--name", "cards.example.com/2026", "--json")
    assert ran.code == 0
    assert set(ran.json) == {"directory", "network", "origin", "vkey"}
    assert ran.json["origin"] == "cards.example.com/2026"
    assert len(bytes.fromhex(ran.json["network"])) == 16
    vkey = VerifierKey.parse((ledger / "log.vkey").read_text())
    assert ran.json["vkey"] == vkey.encode()
    audit = run("audit", ledger, "--json").json
    assert audit["sound"]
    assert audit["checked"]["kinds"] == {"appoint": 5, "seal": audit["checked"]["seals"]}


def test_secret_files_are_private(tmp_path):
    ledger = tmp_path / "new"
    assert run("init", ledger).code == 0
    secret = [ledger / "log.key", *sorted((ledger / "keys").iterdir())]
    assert len(secret) == 6
    for file in secret:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_init_says_what_is_where_and_what_next(tmp_path):
    ran = run("init", tmp_path / "new")
    for word in ("ledger.db", "log.vkey", "keys/", "checkpoint", "cardtrail issue"):
        assert word in ran.out


def test_init_does_not_replace_a_ledger(world):
    before = (world.ledger / "ledger.db").read_bytes()
    error = world.fails(2, "init")
    assert "there is a ledger at" in error
    assert (world.ledger / "ledger.db").read_bytes() == before


def test_init_refuses_a_name_that_cannot_name_a_log(tmp_path):
    ran = run("init", tmp_path / "new", "--name", "two words")
    assert ran.code == 2
    assert not (tmp_path / "new").exists()
    assert "cannot name a log" in ran.err
