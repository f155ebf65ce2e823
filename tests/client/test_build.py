"""Commands as they are made: in the one form the ledger takes, with clearances that cover exactly what they should."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from cardtrail.client.build import SignedCommand, clear, sign
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.answers import Accepted, Refused
from cardtrail.wire.codec import Malformed, encode
from cardtrail.wire.commands import Issue, Redeem, Transfer
from cardtrail.wire.scalars import NO_HASH
from cardtrail.wire.signed import SIGNED_CODEC
from tests.client.paper import NETWORK, NOW_MS, TERMS, PaperLedger

KEYS = [SecretKey(bytes([n]) * 32) for n in range(1, 6)]


def redeem(serial: int = 0, amount_minor: int = 5) -> Redeem:
    return Redeem(NETWORK, NOW_MS + 60_000, serial, 1, amount_minor, NO_HASH)


def test_signatures_are_sorted_and_no_key_signs_twice():
    command = sign(redeem(), *KEYS, *reversed(KEYS))
    signed = SIGNED_CODEC.decode(command.raw)
    assert [by.key for by in signed.signatures] == sorted(key.public for key in KEYS)
    assert command.id == sha256(signed.body).digest()
    assert SignedCommand.parse(command.raw) == command


def test_who_signs_does_not_change_the_id():
    assert sign(redeem(), KEYS[0]).id == sign(redeem(), *KEYS).id != sign(redeem(1), KEYS[0]).id


def test_what_no_ledger_would_take_is_not_signed():
    with pytest.raises(ValueError, match="at least one key"):
        sign(redeem())
    with pytest.raises(Malformed):
        sign(replace(redeem(), order=bytes(31)), KEYS[0])
    with pytest.raises(Malformed):
        sign(redeem(amount_minor=0), KEYS[0])
    too_many = Issue(NETWORK, NOW_MS, 0, 0, 1, 0, (bytes(32),) * 1001)
    with pytest.raises(Malformed):
        sign(too_many, KEYS[0])


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_one_clearance_covers_many_commands_and_no_others(count):
    ledger = PaperLedger().found(replace(TERMS, clearance=("redeem",)))
    owners = KEYS[:1] * count
    ledger.issue(*(key.public for key in owners))
    commands = [sign(redeem(serial), KEYS[0]) for serial in range(count)]
    clearances = clear((c.id for c in commands), [ledger.clearer], NETWORK, NOW_MS + 1000)
    assert list(clearances) == [c.id for c in commands]
    assert len({clearance.signatures for clearance in clearances.values()}) == 1

    stranger = sign(redeem(0, 6), KEYS[0])
    for command in commands:
        cleared = stranger.cleared(clearances[command.id])
        assert ledger.submit(cleared.raw) == Refused(stranger.id, "clearance_invalid")
    assert ledger.submit(commands[0].raw) == Refused(commands[0].id, "clearance_missing")
    for command in commands:
        cleared = command.cleared(clearances[command.id])
        assert cleared.id == command.id
        assert isinstance(ledger.submit(cleared.raw), Accepted)


def test_a_clearance_by_somebody_else_is_none():
    ledger = PaperLedger().found()
    ledger.issue(KEYS[0].public)
    command = sign(redeem(), KEYS[0])
    false = clear([command.id], [KEYS[1]], NETWORK, NOW_MS + 1000)[command.id]
    assert ledger.submit(command.cleared(false).raw) == Refused(command.id, "clearance_invalid")


def test_a_clearance_needs_something_to_clear():
    with pytest.raises(ValueError, match="at least one"):
        clear([], [KEYS[0]], NETWORK, NOW_MS)
    with pytest.raises(ValueError, match="at least one"):
        clear([bytes(32)], [], NETWORK, NOW_MS)


def test_oversize_is_told_before_it_is_sent():
    issue = Issue(NETWORK, NOW_MS, 0, 0, 1, 0, tuple(bytes([n % 256]) * 32 for n in range(1000)))
    assert len(sign(issue, *KEYS).raw) < 65_519
    transfer = Transfer(NETWORK, NOW_MS, 0, 0, bytes(32), NO_HASH)
    keys = [SecretKey(n.to_bytes(32, "big")) for n in range(1, 101)]
    assert len(encode(SIGNED_CODEC.decode(sign(transfer, *keys).raw))) < 65_519
    with pytest.raises(ValueError, match="split it"):
        sign(issue, *[SecretKey(n.to_bytes(32, "big")) for n in range(1, 400)])
