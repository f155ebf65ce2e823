"""No code, seed or link secret in anything that is printed, unless it was asked for."""

from __future__ import annotations

import csv
import logging

import pytest

from cardtrail.signing.keyfile import read_key
from cardtrail.wallet.book import Pending, WalletFile
from tests.cli.conftest import NAMED, World, run


def secrets_of(world: World) -> list[str]:
    """Every secret of a world, in the forms in which it could appear."""
    with world.codes.open(encoding="utf-8") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    seeds = [
        read_key(file).seed.hex() for file in [world.ledger / "log.key", *(world.ledger / "keys").iterdir()]
    ]
    roots = []
    for name in ("ann", "bob"):
        opened = WalletFile(world.wallet(name))
        roots.append(opened.book.root.hex())
        opened.close()
    return [*codes, *(code.replace("-", "") for code in codes), *seeds, *roots]


def test_a_life_without_a_leak(world, caplog):
    caplog.set_level(logging.DEBUG)
    ann, bob = ("--wallet", world.wallet("ann")), ("--wallet", world.wallet("bob"))
    link = world.path / "link"
    spoken = []
    for serial, json in enumerate(((), ("--json",))):
        spoken += [
            world.claim(serial, "ann", *json),
            world.ok("give", serial, *ann, "--link", link, *json),
            world.ok("claim", *bob, *json, typed=(link.read_text())),
            run("claim", world.ledger, serial, *ann, typed=world.code(serial)),
            run("claim", world.ledger, serial, *ann, typed=world.code(serial)[:-1] + "!"),
            run("claim", world.ledger, *ann, typed=link.read_text()),
            run("claim", world.ledger, *ann, typed=link.read_text().strip()[:-1]),
            world.ok("card", serial, *bob, *json),
            world.ok("trail", serial, *bob, *json),
            run("wallet", "show", world.ledger, *bob, *json),
            run("wallet", "key", world.ledger, serial, *ann, *json),
            world.ok("audit", *json),
            world.ok("receipt", "--card", serial),
            world.ok("attest", "1", "--statement", "x", *json),
        ]
        fragment = link.read_text().strip().partition("#")[2]
        for ran in spoken:
            assert fragment not in ran.out + ran.err
        link.unlink()
    secrets = secrets_of(world)
    for ran in spoken:
        for secret in secrets:
            assert secret not in ran.out + ran.err
    assert not any(secret in caplog.text for secret in secrets)


def test_no_identity_in_what_a_program_logs(world):
    """An envelope names a person and has the salt that hides them: a repr is where such things leak from."""
    world.claim(NAMED, "ann", "--identity", "name=Fang Wang")
    opened = WalletFile(world.wallet("ann"))
    opened.close()
    (owned,) = opened.book.cards
    assert b"Fang Wang" in owned.envelope
    pending = Pending(bytes(32), b"", 1, owned.envelope)
    for value in (owned, pending, opened.book, [owned], {"card": owned}):
        assert "Fang" not in repr(value)
        assert "Fang" not in f"{value}"


def test_issue_prints_no_code(world):
    ran = world.ok("issue", world.path / "batch.csv", "--codes", world.path / "c2")
    again = World(world.path)
    with (world.path / "c2").open(encoding="utf-8") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert codes
    assert not any(code in ran.out + ran.err for code in [*codes, *secrets_of(again)])


def test_a_link_that_is_asked_for_is_printed(world):
    world.claim(0)
    ran = world.ok("give", 0, "--wallet", world.wallet("ann"), "--print-link", "--json")
    assert "#" in ran.json["link"]
    world.ok("claim", "--wallet", world.wallet("bob"), typed=ran.json["link"])


def test_a_bad_code_is_not_repeated(world):
    ran = run("claim", world.ledger, 0, "--wallet", world.wallet("ann"), typed="SECRET-LOOKING-TEXT\n")
    assert ran.code == 2
    assert "SECRET" not in ran.err


@pytest.mark.parametrize("name", ["codes.csv", "ann.wallet", "ledger/log.key", "ledger/keys/issuer.key"])
def test_secret_files_are_private(world, name):
    assert (world.path / name).stat().st_mode & 0o077 == 0
