"""The vectors of proofs, which every verifier has to answer alike."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from cardtrail.client.errors import ProofError
from cardtrail.client.verify import verify_card_state, verify_receipt
from cardtrail.signing.notes import VerifierKey
from cardtrail.wire.proofs import CARD_STATE_CODEC

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "proofs"
CARDS = json.loads((VECTORS / "cards.json").read_text("utf-8"))
RECEIPTS = json.loads((VECTORS / "receipts.json").read_text("utf-8"))


def answer(call, *arguments, **named) -> str:
    try:
        call(*arguments, **named)
    except ProofError as error:
        return error.part
    return "holds"


@pytest.mark.parametrize("case", CARDS["cases"], ids=lambda case: case["why"])
def test_states_of_cards(case):
    state = CARD_STATE_CODEC.decode(base64.b64decode(case["state"]))
    vkey, network = VerifierKey.parse(CARDS["vkey"]), bytes.fromhex(CARDS["network"])
    assert answer(verify_card_state, state, vkey, CARDS["serial"], network=network) == case["answer"]


@pytest.mark.parametrize("case", RECEIPTS["cases"], ids=lambda case: case["why"])
def test_receipts(case):
    vkey, network = VerifierKey.parse(RECEIPTS["vkey"]), bytes.fromhex(RECEIPTS["network"])
    assert answer(verify_receipt, case["text"], vkey, network=network) == case["answer"]
