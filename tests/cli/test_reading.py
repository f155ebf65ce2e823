"""What is read and checked: cards, trails, receipts, audits, copies."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.cli.conftest import run


@pytest.fixture
def lived(world):
    """Card 0 was claimed by ann, split and merged again into card 22."""
    world.claim(0)
    world.ok("split", 0, "60", "40", "--wallet", world.wallet("ann"))
    world.ok("merge", 20, 21, "--wallet", world.wallet("ann"))
    return world


def test_card_is_shown_with_its_proof(lived):
    ran = lived.ok("card", 22, "--wallet", lived.wallet("ann"))
    for word in ("Spring", "¥100.00", "0000 0000 0000 0224", "yours", "✓ proved as shown", "active 可用"):
        assert word in ran.out
    document = lived.ok("card", 22, "--json").json
    assert set(document) == {"card", "proof", "key_pinned"}
    assert document["key_pinned"] is True
    assert document["proof"]["record"] == {
        name: value for name, value in document["card"].items() if name != "number"
    }


def test_card_that_is_not_there(world):
    assert "there is no card 77" in world.fails(1, "card", 77)
    assert "not a card number" in world.fails(2, "card", "abc")


def test_trail_draws_every_stop_and_calls_the_owner_you(lived):
    ran = lived.ok("trail", 22, "--wallet", lived.wallet("ann"))
    for word in (
        "发行 Issued",
        "激活 Activated",
        "领取 Claimed to you",
        "拆分 Split into 2",
        "合并",
        "◆─╮",
        "◆─╯",
    ):
        assert word in ran.out
    assert ran.out.count("✓") == 5
    assert "you" not in lived.ok("trail", 22).out


def test_trail_as_json(lived):
    document = lived.ok("trail", 22, "--json").json
    assert [stop["kind"] for stop in document["stops"]] == ["issue", "activate", "transfer", "split", "merge"]
    assert document["proved"] == [stop["entry"] for stop in document["stops"]]
    assert {"serial", "number", "product", "currency", "cards", "stops", "proved"} == set(document)


def test_trail_as_picture(lived):
    file = lived.path / "trail.svg"
    ran = lived.ok("trail", 22, "--svg", file)
    assert ran.out == ""
    assert ET.parse(file).getroot().tag.endswith("svg")


def test_trail_fits_its_terminal(lived, monkeypatch):
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("cardtrail.cli.out.PIPE_COLUMNS", 80)
    for line in lived.ok("trail", 22).out.splitlines():
        assert cell_len(line) <= 80


def test_receipt_is_verified_offline(lived, monkeypatch):
    file = lived.path / "r"
    lived.ok("receipt", "--card", 22, "--out", file)
    (lived.path / "log.vkey").write_bytes((lived.ledger / "log.vkey").read_bytes())
    (lived.ledger / "ledger.db").rename(lived.path / "gone")  # Nobody is asked.
    ran = run("verify", file)
    assert ran.code == 0
    assert "✓ verified" in ran.out
    document = run("verify", file, "--json").json
    assert document["verified"] is True
    assert document["command"]["kind"] == "merge"
    assert set(document) == {
        "verified", "key_pinned", "log", "index", "time_ms", "id", "command", "signers", "checkpoint",
    }  # fmt: skip


def test_verify_says_when_the_key_came_with_the_receipt(lived):
    """Whoever hands somebody a made-up receipt can lay a made-up key beside it."""
    file = lived.path / "r"
    lived.ok("receipt", "0", "--out", file)
    vkey = lived.path / "log.vkey"
    vkey.write_bytes((lived.ledger / "log.vkey").read_bytes())
    beside, named = run("verify", file), run("verify", file, "--vkey", vkey)
    assert "the key that lay beside the receipt" in beside.out
    assert "the key that lay beside the receipt" not in named.out
    assert run("verify", file, "--json").json["key_pinned"] is False
    assert run("verify", file, "--vkey", vkey, "--json").json["key_pinned"] is True


def test_receipt_by_index_and_by_id(lived):
    first = lived.ok("receipt", "0").out
    file = lived.path / "r0"
    file.write_text(first, encoding="utf-8")
    verified = run("verify", file, "--vkey", lived.ledger / "log.vkey", "--json").json
    assert verified["index"] == 0
    assert lived.ok("receipt", verified["id"]).out.split("\n")[1] == first.split("\n")[1]


def test_receipt_mistakes(lived):
    assert "name the ENTRY" in lived.fails(2, "receipt")
    assert "neither an entry's index" in lived.fails(2, "receipt", "last")
    assert "no such command" in lived.fails(1, "receipt", "ab" * 32)
    assert "the log has no entry 999; its last one is" in lived.fails(1, "receipt", "999")


def test_verify_finds_a_changed_receipt(lived):
    file = lived.path / "r"
    lived.ok("receipt", "--card", 22, "--out", file)
    text = file.read_text()
    vkey = lived.ledger / "log.vkey"
    for old, new in (("index ", "index 1"), (text[200], "A" if text[200] != "A" else "B")):
        file.write_text(text.replace(old, new, 1))
        ran = run("verify", file, "--vkey", vkey)
        assert ran.code == 1, ran.out
        assert "not proved" in ran.err
    file.write_text("hello")
    assert run("verify", file, "--vkey", vkey).code == 1


def test_verify_wants_a_key_of_that_log(lived, tmp_path):
    file = lived.path / "r"
    lived.ok("receipt", "0", "--out", file)
    ran = run("verify", file)
    assert ran.code == 2
    assert "--vkey" in ran.err
    assert run("init", tmp_path / "other").code == 0
    ran = run("verify", file, "--vkey", tmp_path / "other" / "log.vkey")
    assert ran.code == 1
    assert "not proved" in ran.err
    assert run("verify", file, "--vkey", lived.codes).code == 2


def test_audit_says_what_it_checked(lived):
    ran = lived.ok("audit")
    assert "Sound: everything fits." in ran.out
    document = lived.ok("audit", "--json").json
    assert document["sound"] is True
    assert document["checked"]["cards"] == 23
    assert document["totals"][0]["issued"] == 720_000


def test_audit_finds_a_flipped_byte(lived):
    file = lived.ledger / "ledger.db"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    ran = run("audit", lived.ledger)
    assert ran.code == 1
    assert "NOT SOUND" in ran.out
    assert "page" in ran.out


def test_audit_since_an_older_checkpoint(world, tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes((world.ledger / "checkpoint").read_bytes())
    world.claim(0)
    assert world.ok("audit", "--since", kept, "--json").json["checked"]["checkpoints"] >= 2
    assert run("init", tmp_path / "other").code == 0
    ran = run("audit", world.ledger, "--since", tmp_path / "other" / "checkpoint")
    assert ran.code == 1
    assert "not signed by" in ran.out


def test_audit_of_nothing(tmp_path):
    ran = run("audit", tmp_path)
    assert ran.code == 2
    assert "neither a ledger" in ran.err


def test_export_can_be_audited_and_its_damage_is_found(lived):
    tiles = lived.path / "tiles"
    size = lived.ok("export", tiles, "--json").json["size"]
    assert (tiles / "log.vkey").read_bytes() == (lived.ledger / "log.vkey").read_bytes()
    ran = run("audit", tiles, "--json")
    assert (ran.code, ran.json["size"]) == (0, size)
    assert "--vkey" in ran.err
    assert run("audit", tiles, "--vkey", lived.ledger / "log.vkey").err == ""
    bundle = next((tiles / "tile" / "entries").rglob(str(size)))
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    ran = run("audit", tiles)
    assert ran.code == 1
    assert "NOT SOUND" in ran.out


def test_export_again_adds_what_is_new(world):
    tiles = world.path / "tiles"
    first = world.ok("export", tiles, "--json").json["size"]
    world.claim(0)
    assert world.ok("export", tiles, "--json").json["size"] > first
    assert run("audit", tiles).code == 0


def test_export_into_another_logs_folder(world, tmp_path):
    assert run("init", tmp_path / "other").code == 0
    tiles = tmp_path / "tiles"
    world.ok("export", tiles)
    ran = run("export", tmp_path / "other", tiles)
    assert ran.code == 3
    assert "another log" in ran.err


def test_backup_and_restore(lived):
    backup, again = lived.path / "backup", lived.path / "again"
    ran = lived.ok("backup", backup, "--json")
    assert set(ran.json) == {"directory", "entries", "cards", "checkpoint_size"}
    assert not (backup / "log.key").exists()
    ran = run("restore", backup, again)
    assert ran.code == 3
    assert "log.key" in ran.err
    ran = run("restore", backup, again, "--keys", lived.ledger, "--since", lived.ledger / "checkpoint")
    assert ran.code == 0, ran.err
    before, after = (run("audit", place, "--json").json for place in (lived.ledger, again))
    assert after["root"] == before["root"]
    assert after["sound"]


def test_a_backup_that_is_behind_is_refused(world):
    backup = world.path / "backup"
    world.ok("backup", backup, "--with-keys")
    world.claim(0)
    ran = run("restore", backup, world.path / "again", "--since", world.ledger / "checkpoint")
    assert ran.code == 3
    assert "second history" in ran.err
    assert not (world.path / "again").exists()


@pytest.mark.parametrize("verb", ["card 0", "trail 0", "activate 0", "export x", "backup x"])
def test_a_directory_without_a_ledger(tmp_path, verb):
    name, argument = verb.split()
    ran = run(name, tmp_path / "nowhere", argument)
    assert ran.code == 2
    assert "cardtrail init" in ran.err
