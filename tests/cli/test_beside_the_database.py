"""`audit` of a directory looks at its small files too; `export` of an address believes nothing; bytes are exact."""

from __future__ import annotations

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cardtrail.audit.source import DirectorySource, open_checkpoint
from cardtrail.cli import auditing
from cardtrail.cli.failures import Failure
from cardtrail.cli.fetched_export import export_fetched
from cardtrail.cli.session import read_vkey_file
from tests.cli.conftest import run


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def files(world):
    """Exported files, and the address of a plain web server that serves them."""
    world.ok("export", world.path / "tiles")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=world.path / "tiles")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield world.path / "tiles", f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize("change", ["flip", "garbage", "missing", "newline", "more"])
def test_the_file_with_the_checkpoint_is_looked_at(world, change):
    file = world.ledger / "checkpoint"
    note = file.read_bytes()
    changed = {
        "flip": bytes([note[0] ^ 1]) + note[1:],
        "garbage": b"\xff",
        "newline": note.replace(b"\n", b"\r\n"),
        "more": note + b"x\n",
        "missing": None,
    }[change]
    file.unlink()
    if changed is not None:
        file.write_bytes(changed)
    ran = run("audit", world.ledger)
    assert ran.code == 1
    assert "file `checkpoint`" in ran.out


def test_every_flipped_bit_of_the_checkpoint_is_found(world):
    vkey = read_vkey_file(world.ledger / "log.vkey")
    note = (world.ledger / "checkpoint").read_bytes()
    for place in range(len(note)):
        for bit in range(8):
            with pytest.raises(ValueError, match=r"."):
                open_checkpoint(note[:place] + bytes([note[place] ^ 1 << bit]) + note[place + 1 :], vkey)


def test_a_checkpoint_ahead_of_the_database_is_named(world):
    old = world.path / "old"
    shutil.copytree(world.ledger, old)
    world.claim(0)
    shutil.copy(world.ledger / "checkpoint", old / "checkpoint")
    ran = run("audit", old)
    assert ran.code == 1
    assert "entries were dropped" in ran.out


@pytest.mark.parametrize("name", ["log.key", "keys/issuer.key"])
def test_a_damaged_key_file_is_named(world, name):
    file = world.ledger / name
    file.write_bytes(file.read_bytes()[:-3])
    ran = run("audit", world.ledger)
    assert ran.code == 1
    assert f"{name}:" in ran.out
    assert "damaged" in ran.out


def test_a_copy_without_secret_keys_is_sound(world):
    world.ok("backup", world.path / "b")
    assert run("audit", world.path / "b").code == 0


def test_a_database_that_may_not_be_read_is_not_called_unsound(world, monkeypatch):
    real = os.open

    def refuse(path, *arguments, **more):
        if path == world.ledger / "ledger.db":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **more)

    monkeypatch.setattr(auditing.os, "open", refuse)
    ran = run("audit", world.ledger)
    assert ran.code == 3
    assert "cannot be read" in ran.err
    assert "NOT SOUND" not in ran.out


def test_export_of_an_address(world, files):
    tiles, url = files
    copy = world.path / "copy"
    assert run("export", url, copy, "--vkey", world.ledger / "log.vkey").code == 0
    names = sorted(file.relative_to(tiles) for file in tiles.rglob("*") if file.is_file())
    assert names == sorted(file.relative_to(copy) for file in copy.rglob("*") if file.is_file())
    assert all((tiles / name).read_bytes() == (copy / name).read_bytes() for name in names)
    world.claim(0)
    world.ok("export", tiles)
    ran = run("export", url, copy)
    assert ran.code == 0
    assert "came with the log itself" in ran.err
    assert run("audit", copy).code == 0


def test_export_refuses_what_was_not_signed(world, files, tmp_path):
    tiles, url = files
    assert run("init", tmp_path / "other").code == 0
    ran = run("export", url, world.path / "copy", "--vkey", tmp_path / "other" / "log.vkey")
    assert ran.code == 1
    assert "not signed by the log's key" in ran.err
    bundle = next(file for file in tiles.rglob("entries/**/*") if file.is_file())
    data = bytearray(bundle.read_bytes())
    data[-1] ^= 1
    bundle.write_bytes(data)
    source, vkey = DirectorySource(tiles), read_vkey_file(world.ledger / "log.vkey")
    with pytest.raises(Failure, match="do not have the root"):
        export_fetched(source, vkey, world.path / "copy", lambda done, total: None)
    assert not (world.path / "copy" / "checkpoint").exists()


def test_verbs_that_need_a_directory_say_so(world):
    ran = run("backup", "http://127.0.0.1:9", world.path / "b")
    assert (ran.code, "ledger's directory" in ran.err) == (2, True)
    ran = run("init", "http://127.0.0.1:9")
    assert (ran.code, "is an address" in ran.err) == (2, True)


def test_an_address_that_is_no_node_is_told_what_to_give(files):
    _, url = files
    assert "not as a node does" in run("card", url, 0).err
    ran = run("audit", f"{url}/nosuch")
    assert ran.code == 2
    assert "serves neither a ledger nor an exported log" in ran.err


@pytest.mark.parametrize("end", [b"\r", b"\r\n"])
def test_other_line_ends_are_other_bytes(world, end):
    receipt, vkey = world.path / "r", world.ledger / "log.vkey"
    world.ok("receipt", "--card", 0, "--out", receipt)
    good, key = receipt.read_bytes(), vkey.read_bytes()
    assert run("verify", receipt, "--vkey", vkey).code == 0
    for place in [place for place, byte in enumerate(good) if byte == ord("\n")]:
        receipt.write_bytes(good[:place] + end + good[place + 1 :])
        assert run("verify", receipt, "--vkey", vkey).code == 1
    receipt.write_bytes(good)
    vkey.write_bytes(key.replace(b"\n", end))
    assert run("verify", receipt, "--vkey", vkey).code == 2
    assert run("audit", world.ledger).code == 2


def test_a_refused_command_leaves_no_secret_behind(world):
    world.claim(0)
    link, key = world.path / "link", world.path / "new.key"
    world.fails(1, "give", 0, "--wallet", world.wallet("ann"), "--link", link, "--for", "99d")
    assert not link.exists()
    kept = world.ledger / "keys" / "issuer.key"
    world.fails(2, "appoint", "settler", "--new", key, "--new", kept)
    assert not key.exists()
    assert kept.exists()
    world.fails(1, "appoint", "settler", "--by", "custodian", "--new", key)
    assert not key.exists()


def test_an_unknown_outcome_keeps_the_secret(world, monkeypatch):
    from cardtrail.client.errors import Undecided
    from cardtrail.wallet.wallet import Wallet

    def lose(self, command):
        raise Undecided(command.id, "the line broke")

    world.claim(0)
    monkeypatch.setattr(Wallet, "send", lose)
    world.fails(3, "give", 0, "--wallet", world.wallet("ann"), "--link", world.path / "link")
    assert (world.path / "link").exists()


def test_claim_by_the_link_of_another_card(world):
    world.claim(0)
    link = world.path / "link"
    world.ok("give", 0, "--wallet", world.wallet("ann"), "--link", link)
    error = world.fails(2, "claim", 3, "--wallet", world.wallet("bob"), "--code-file", link)
    assert "the link is of card" in error
    world.ok("claim", 0, "--wallet", world.wallet("bob"), "--code-file", link)


@pytest.mark.parametrize(
    ("name", "what"),
    [('"Tea\nCard"', "visible"), ("=HYPERLINK(1)", "formula"), ("@x", "formula"), ("Tea\x1eCard", "visible")],
)
def test_names_that_a_batch_may_not_have(world, name, what):
    file = world.path / "b.csv"
    file.write_text(
        f"product,face,count,kind\nOk,100,1,anonymous\n{name},100,1,anonymous\n", encoding="utf-8"
    )
    error = world.fails(2, "issue", file, "--codes", world.path / "c")
    assert "line 3:" in error
    assert what in error
    assert not (world.path / "c").exists()


def test_a_currency_is_three_letters(world):
    error = world.fails(2, "attest", "1", "--statement", "B", "--currency", "cny")
    assert "such as CNY" in error


def test_one_card_is_one_card(world):
    file = world.path / "b.csv"
    file.write_text("product,face,count,kind\nOne,100,1,anonymous\n", encoding="utf-8")
    assert "1 card issued" in world.ok("issue", file, "--codes", world.path / "c").out
