"""Receipts and card states: what holds is taken, and with any one thing changed nothing is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cardtrail.client.build import sign
from cardtrail.client.errors import ProofError
from cardtrail.client.verify import open_checkpoint, read_entry, verify_card_state, verify_receipt
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.proof_file import ProofFile
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import VerifierKey, sign_note
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import Redeem, Seal
from cardtrail.wire.entries import ENTRY_CODEC, encode_entry
from cardtrail.wire.scalars import NO_HASH
from cardtrail.wire.signed import SIGNED_CODEC, Signed
from tests.client.paper import NETWORK, NOW_MS, ORIGIN, PaperLedger

KEY = SecretKey(b"k" * 32)
SERIAL = 2


def make_ledger() -> PaperLedger:
    ledger = PaperLedger().found()
    ledger.issue(*[KEY.public] * 5)
    ledger.must(Redeem(NETWORK, NOW_MS + 1000, SERIAL, 1, 300, NO_HASH), KEY)
    ledger.seal()
    return ledger


LEDGER = make_ledger()
REDEEMED = len(LEDGER.entries) - 2
RECEIPT = LEDGER.receipt(REDEEMED)
STATE = LEDGER.card_state(SERIAL)


def part_of(call, *arguments, **named) -> str:
    with pytest.raises(ProofError) as caught:
        call(*arguments, **named)
    return caught.value.part


def one_entry_log(entry: bytes) -> str:
    """A receipt in a log of this entry alone, signed with the true key."""
    tree = LogTree()
    tree.append(leaf_hash(entry))
    note = sign_note(Checkpoint(ORIGIN, 1, tree.root()).encode(), ORIGIN, LEDGER.log_key)
    return ProofFile(entry, 0, (), note).encode()


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_receipt_proves_its_entry():
    proved = verify_receipt(RECEIPT, LEDGER.vkey, index=REDEEMED, network=NETWORK)
    body = Redeem(NETWORK, NOW_MS + 1000, SERIAL, 1, 300, NO_HASH)
    assert (proved.entry.body, proved.entry.id) == (body, sign(body, KEY).id)
    assert proved.entry.signers == (KEY.public,)
    assert proved.entry.time_ms == NOW_MS
    assert proved.checkpoint.size == len(LEDGER.entries)


def test_every_entry_has_a_receipt():
    for index in range(len(LEDGER.entries)):
        assert verify_receipt(LEDGER.receipt(index), LEDGER.vkey).entry.index == index


def test_no_character_of_a_receipt_can_be_changed():
    for place, old in enumerate(RECEIPT):
        char = "A" if old != "A" else "B"
        with pytest.raises(ProofError):
            verify_receipt(RECEIPT[:place] + char + RECEIPT[place + 1 :], LEDGER.vkey)


def test_what_does_not_fit_in_a_receipt_is_named():
    proof = ProofFile.parse(RECEIPT)
    assert part_of(verify_receipt, "nonsense", LEDGER.vkey) == "receipt"
    bare = ProofFile(None, proof.index, proof.path, proof.note).encode()
    assert part_of(verify_receipt, bare, LEDGER.vkey) == "receipt"
    moved = ProofFile(proof.extra, proof.index - 1, proof.path, proof.note).encode()
    assert part_of(verify_receipt, moved, LEDGER.vkey) == "inclusion path"
    short = ProofFile(proof.extra, proof.index, proof.path[:-1], proof.note).encode()
    assert part_of(verify_receipt, short, LEDGER.vkey) == "inclusion path"
    assert part_of(verify_receipt, RECEIPT, LEDGER.vkey, index=REDEEMED - 1) == "index"
    assert part_of(verify_receipt, RECEIPT, LEDGER.vkey, id=bytes(32)) == "command id"
    assert part_of(verify_receipt, RECEIPT, LEDGER.vkey, network=bytes(16)) == "network"
    stranger = VerifierKey(ORIGIN, KEY.public)
    assert part_of(verify_receipt, RECEIPT, stranger) == "checkpoint signature"


def test_a_log_cannot_hold_what_nobody_signed():
    """The node's own signature on the checkpoint does not make a forged command a holder's."""
    entry = ENTRY_CODEC.decode(LEDGER.entries[REDEEMED])
    signed = SIGNED_CODEC.decode(entry.signed)
    unsigned = encode_entry(NOW_MS, encode(Signed(signed.body, (), None)))
    assert part_of(verify_receipt, one_entry_log(unsigned), LEDGER.vkey) == "command signature"
    by = signed.signatures[0]
    forged = encode(Signed(signed.body, (replace(by, signature=flipped(by.signature, 0)),), None))
    assert (
        part_of(verify_receipt, one_entry_log(encode_entry(NOW_MS, forged)), LEDGER.vkey)
        == "command signature"
    )
    for bad in (
        b"\x00",
        encode_entry(NOW_MS, b"\x00"),
        encode_entry(NOW_MS, encode(Signed(b"\x00", (), None))),
    ):
        assert part_of(verify_receipt, one_entry_log(bad), LEDGER.vkey) == "entry"


def test_checkpoints_are_of_the_log_asked_for():
    text = Checkpoint("other.example/log", 1, bytes(32)).encode()
    assert (
        part_of(open_checkpoint, sign_note(text, ORIGIN, LEDGER.log_key), LEDGER.vkey) == "checkpoint origin"
    )
    note = sign_note(text + "extension\n", ORIGIN, LEDGER.log_key)
    assert part_of(open_checkpoint, note, LEDGER.vkey) == "checkpoint"
    assert part_of(open_checkpoint, "", LEDGER.vkey) == "checkpoint signature"


def test_a_card_state_proves_its_record():
    proved = verify_card_state(STATE, LEDGER.vkey, SERIAL, network=NETWORK)
    assert proved.card == LEDGER.cards[SERIAL]
    assert proved.card.balance_minor == 10_000 - 300
    assert isinstance(proved.seal, Seal)
    assert proved.checkpoint.size == len(LEDGER.entries)


@pytest.mark.parametrize("field", ["record", "seal_entry"])
def test_no_byte_of_a_card_state_can_be_changed(field):
    data = getattr(STATE, field)
    for place in range(len(data)):
        with pytest.raises(ProofError):
            verify_card_state(replace(STATE, **{field: flipped(data, place)}), LEDGER.vkey, SERIAL)


@pytest.mark.parametrize("field", ["path", "seal_path"])
def test_no_hash_of_a_card_states_paths_can_be_changed(field):
    path = getattr(STATE, field)
    expected = "card path" if field == "path" else "seal path"
    changed = [
        path[:-1],
        path[1:],
        (*path, bytes(32)),
        path[::-1],
        *[(*path[:at], flipped(path[at], 5), *path[at + 1 :]) for at in range(len(path))],
    ]
    for other in changed:
        assert part_of(verify_card_state, replace(STATE, **{field: other}), LEDGER.vkey, SERIAL) == expected


def test_what_does_not_fit_in_a_card_state_is_named():
    def check(vkey=LEDGER.vkey, serial=SERIAL, network=None, **changes) -> str:
        return part_of(verify_card_state, replace(STATE, **changes), vkey, serial, network=network)

    assert check(vkey=VerifierKey(ORIGIN, KEY.public)) == "checkpoint signature"
    assert check(seal_index=STATE.seal_index - 1) == "seal index"
    assert check(serial=SERIAL + 1) == "card serial"
    assert check(network=bytes(16)) == "network"
    assert check(record=b"\x00") == "card record"
    richer = replace(CARD_CODEC.decode(STATE.record), balance_minor=10_000)
    assert check(record=encode(richer)) == "card path"
    other = replace(richer, serial=SERIAL + 1)
    assert check(record=encode(other), serial=SERIAL + 1) == "card path"


def test_the_checkpoints_last_entry_must_be_the_seal_of_its_place():
    """A seal copied from elsewhere, a signed one, or a command in its place proves nothing."""

    def state_of(entry: bytes):
        proof = ProofFile.parse(one_entry_log(entry))
        return replace(STATE, seal_index=0, seal_entry=entry, seal_path=(), checkpoint=proof.note)

    assert part_of(verify_card_state, state_of(STATE.seal_entry), LEDGER.vkey, SERIAL) == "seal"
    command = LEDGER.entries[REDEEMED]
    assert part_of(verify_card_state, state_of(command), LEDGER.vkey, SERIAL) == "seal"
    seal = replace(read_entry(0, STATE.seal_entry).body, entry=0)
    true = encode_entry(NOW_MS, encode(Signed(encode(seal), (), None)))
    assert verify_card_state(state_of(true), LEDGER.vkey, SERIAL).card == LEDGER.cards[SERIAL]
    signed = encode_entry(NOW_MS, sign(seal, KEY).raw)
    assert part_of(verify_card_state, state_of(signed), LEDGER.vkey, SERIAL) == "seal"


def test_an_old_state_does_not_go_with_a_new_checkpoint():
    ledger = make_ledger()
    old = ledger.card_state(SERIAL)
    ledger.must(Redeem(NETWORK, NOW_MS + 1000, SERIAL, 2, 300, NO_HASH), KEY)
    ledger.seal()
    new = ledger.card_state(SERIAL)
    mixed = replace(new, record=old.record, path=old.path)
    assert part_of(verify_card_state, mixed, ledger.vkey, SERIAL) == "card path"


@given(st.text(max_size=300))
def test_any_text_is_a_receipt_or_an_error(text):
    with pytest.raises(ProofError):
        verify_receipt(text, LEDGER.vkey)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_entry_or_an_error(data):
    with pytest.raises(ProofError):
        read_entry(0, data)
