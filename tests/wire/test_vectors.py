"""The recorded encodings: what other programs, and logs of years ago, rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardtrail.merkle.hashing import leaf_hash
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC, KINDS
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.signed import SIGNED_CODEC
from cardtrail.wire.views import command_to_json
from tests.ledger_world import sign
from tests.wire.samples import records

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "encoding.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["commands"], ids=lambda vector: vector["kind"])
def test_a_command(vector):
    """Its fields, body, id, signatures, entry and leaf hash, each from the one before."""
    data = bytes.fromhex(vector["body"])
    body = BODY_CODEC.decode(data)
    assert encode(body) == data
    assert command_to_json(body) == vector["fields"]
    assert command_id(data).hex() == vector["id"]
    raw = bytes.fromhex(vector["signed"])
    signed = SIGNED_CODEC.decode(raw)
    assert signed.body == data
    keys = [SecretKey(bytes.fromhex(seed)) for seed in vector["seeds"]]
    assert sign(body, keys, signed.clearance) == raw, "Ed25519 signs the same way every time (RFC 8032)"
    entry = bytes.fromhex(vector["entry"])
    assert ENTRY_CODEC.decode(entry).signed == raw
    assert leaf_hash(entry).hex() == vector["leaf_hash"]


def test_every_kind_is_recorded():
    assert [vector["kind"] for vector in VECTORS["commands"]] == list(KINDS)


@pytest.mark.parametrize("vector", VECTORS["records"], ids=lambda vector: vector["record"])
def test_a_record(vector):
    codec, data = next((codec, data) for name, codec, data in records() if name == vector["record"])
    assert data.hex() == vector["bytes"]
    assert encode(codec.decode(bytes.fromhex(vector["bytes"]))) == data
