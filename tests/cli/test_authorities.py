"""The authorities' verbs."""

from __future__ import annotations

import pytest

from tests.cli.conftest import run

FRAUD = ("--cause", "fraud", "--case", "R-17")


def test_freeze_and_unfreeze(world):
    world.claim(0)
    world.ok("freeze", 0, "--by", "clearer", *FRAUD)
    assert world.card(0)["frozen_by"] == "clearer"
    assert "frozen 已冻结" in world.ok("card", 0).out
    pay = ("redeem", 0, "1", "--order", "A", "--wallet", world.wallet("ann"))
    assert "card_frozen" in world.fails(1, *pay)
    assert "frozen_by_another" in world.fails(1, "unfreeze", 0, "--by", "issuer", *FRAUD)
    world.ok("unfreeze", 0, "--by", "clearer", "--cause", "cleared", "--case", "R-17")
    world.ok(*pay)


def test_freeze_needs_a_cause_and_a_case(world):
    assert "--cause" in world.fails(2, "freeze", 0, "--case", "x")
    assert "--case" in world.fails(2, "freeze", 0, "--cause", "fraud")
    assert "is not one of" in world.fails(2, "freeze", 0, "--cause", "mood", "--case", "x")


def test_void_ends_a_card(world):
    world.ok("void", 0, "--cause", "error", "--case", "MISPRINT")
    assert world.card(0)["status"] == "void"
    assert "card_dead" in world.fails(1, "void", 0, "--cause", "error", "--case", "MISPRINT")
    assert "void 已作废" in world.ok("card", 0).out


def test_rebind_waits_and_can_be_objected_to(world):
    world.claim(0)
    key = run("wallet", "key", world.ledger, 0, "--wallet", world.wallet("bob"), "--rebind").out.strip()
    world.ok("rebind", 0, "--to", key, "--case", "LOSS-9")
    assert "reported lost" in world.ok("card", 0).out
    error = world.fails(1, "claim", 0, "--rebind", "--wallet", world.wallet("bob"))
    assert "rebind_pending" in error
    world.ok("return", 0, "--wallet", world.wallet("ann"))
    assert world.card(0)["hold"] is None


def test_appoint_new_keys(world):
    new = world.ledger / "keys" / "settler-2.key"
    assert "1 of 1 keys sign" in world.ok("appoint", "settler", "--new", new).out
    world.claim(12)
    world.ok("hold", 12, "--wallet", world.wallet("ann"), "--price", "470")
    world.ok("return", 12, "--settler")
    new.unlink()
    world.ok("hold", 12, "--wallet", world.wallet("ann"), "--price", "470")
    assert "the settler needs 1 of 1 keys" in world.fails(1, "return", 12, "--settler")


def test_appoint_two_of_three(world):
    keys = world.ledger / "keys"
    new = [keys / f"custodian-{number}.key" for number in (2, 3, 4)]
    options = [word for file in new for word in ("--new", file)]
    world.ok("appoint", "custodian", *options, "--threshold", "2")
    world.ok("attest", "1000", "--statement", "B-1")
    new[0].unlink()
    world.ok("attest", "1000", "--statement", "B-2")
    new[1].unlink()
    assert "2 of 3 keys to sign" in world.fails(1, "attest", "1000", "--statement", "B-3")


def test_appoint_mistakes(world):
    assert "at least as many keys" in world.fails(2, "appoint", "settler")
    assert "64 hexadecimal" in world.fails(2, "appoint", "settler", "abc")
    existing = world.ledger / "keys" / "settler.key"
    before = existing.read_bytes()
    assert "never overwritten" in world.fails(2, "appoint", "settler", "--new", existing)
    assert existing.read_bytes() == before
    assert "not_authorised" in world.fails(1, "appoint", "custodian", "ab" * 32, "--by", "issuer")


def test_attest_is_in_the_audit(world):
    world.ok("attest", "4000.50", "--statement", "BANK-1")
    deposits = run("audit", world.ledger, "--json").json["deposits"]
    assert [(deposit["currency"], deposit["deposit_minor"]) for deposit in deposits] == [("CNY", 400_050)]


def test_every_verb_can_keep_its_receipt(world):
    file = world.path / "r"
    ran = world.ok("attest", "1", "--statement", "B", "--receipt", file, "--json")
    verified = run("verify", file, "--vkey", world.ledger / "log.vkey", "--json").json
    assert verified["index"] == ran.json["index"]
    assert verified["command"]["kind"] == "attest"


@pytest.mark.parametrize("verb", ["freeze", "void", "refund", "rebind"])
def test_a_card_that_is_not_there(world, verb):
    more = {
        "freeze": FRAUD,
        "void": FRAUD,
        "refund": ("1", "--order", "A"),
        "rebind": ("--to", "ab" * 32, "--case", "L"),
    }
    error = world.fails(1, verb, 20, *more[verb])
    assert "there is no card 20 on this ledger, which has 20" in error
