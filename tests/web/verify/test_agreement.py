"""The browser's verifier and `client.verify` give the same answer to whatever they are shown."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardtrail.client.errors import ProofError
from cardtrail.client.verify import open_checkpoint, verify_card_state, verify_receipt
from cardtrail.signing.notes import NoteError, VerifierKey
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.codec import Codec, Malformed, NotCanonical
from cardtrail.wire.commands import BODY_CODEC
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.proofs import CARD_STATE_CODEC
from cardtrail.wire.signed import SIGNED_CODEC
from tests.web.verify.browser import Harness

VECTORS = Path(__file__).resolve().parents[3] / "vectors"
CARDS = json.loads((VECTORS / "proofs" / "cards.json").read_text("utf-8"))
RECEIPTS = json.loads((VECTORS / "proofs" / "receipts.json").read_text("utf-8"))
COMMANDS = json.loads((VECTORS / "encoding.json").read_text("utf-8"))["commands"]
STATE = base64.b64decode(CARDS["cases"][0]["state"])
RECEIPT: str = RECEIPTS["cases"][0]["text"]
NOTE = RECEIPT.split("\n\n", 1)[1]

WILD: list[Any] = [
    *[None, True, False, -1, 0, 1, 5, 6, 65_535, 65_536, 2**32, 2**53 - 1, 2**53, 2**63, 2**64 - 1, 1.0, 0.5],
    *[
        b"",
        bytes(16),
        bytes(31),
        bytes(32),
        bytes(33),
        bytes(64),
        "",
        "CNY",
        "cny",
        "CNY\n",
        "x" * 81,
        "卡" * 80,
    ],
    *["hold", "holds", "\ufeff", "\x00", [], [1], [1, 2], [bytes(32)] * 2, [[1, 2], [3, 4]], {}, {"a": 1}],
]
"""Values to put where others should be."""


def answer(call: Callable[..., Any], *arguments: Any) -> str:
    try:
        call(*arguments)
    except ProofError as error:
        return error.part
    return "holds"


def state_answer(raw: bytes) -> str:
    try:
        state = CARD_STATE_CODEC.decode(raw)
    except (Malformed, NotCanonical):
        return "card state"
    return answer(verify_card_state, state, VerifierKey.parse(CARDS["vkey"]), CARDS["serial"])


def decodes(codec: Codec[Any], data: bytes) -> bool:
    try:
        codec.decode(data)
    except (Malformed, NotCanonical):
        return False
    return True


def mangled(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """The bytes with something small about them changed, each time anew."""
    chance = random.Random(seed)
    telling = bytes(
        [0x00, 0x7F, 0x80, 0x90, 0xA0, 0xC0, 0xC2, 0xC4, 0xC5, 0xCC, 0xCD, 0xCE, 0xCF, 0xD9, 0xDC, 0xE0, 0xFF]
    )
    for _ in range(count):
        at = chance.randrange(len(data))
        yield chance.choice(
            [
                data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
                data[:at] + bytes([chance.choice(telling)]) + data[at + 1 :],
                data[:at] + bytes([chance.choice(telling)]) + data[at:],
                data[:at] + data[at + 1 :],
                data[:at],
                data[:at] + data[at : at + 9] + data[at:],
            ]
        )


def replaced(value: Any) -> Iterator[Any]:
    """The value with each part of it, in turn, replaced by each wild value, left out, or given twice."""
    yield from WILD
    if isinstance(value, list):
        for at, part in enumerate(value):
            yield from ([*value[:at], other, *value[at + 1 :]] for other in replaced(part))
            yield value[:at] + value[at + 1 :]
            yield value[: at + 1] + value[at:]


def records() -> list[tuple[str, Codec[Any], list[bytes]]]:
    card, state = CARD_CODEC, CARD_STATE_CODEC
    whole = [state.decode(base64.b64decode(case["state"])) for case in CARDS["cases"]]
    return [
        ("CARD", card, [one.record for one in whole[:4]]),
        ("CARD_STATE", state, [STATE]),
        ("ENTRY", ENTRY_CODEC, [bytes.fromhex(one["entry"]) for one in COMMANDS[:2]]),
        ("SIGNED", SIGNED_CODEC, [bytes.fromhex(one["signed"]) for one in COMMANDS]),
        ("BODY", BODY_CODEC, [bytes.fromhex(one["body"]) for one in COMMANDS]),
    ]


@pytest.mark.parametrize(
    ("shape", "codec", "samples"), records(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_records_that_are_and_that_are_not(
    harness: Harness, shape: str, codec: Codec[Any], samples: list[bytes]
):
    cases = [*samples]
    for seed, data in enumerate(samples):
        cases += mangled(data, 60, seed)
        # Large lists make for many cases and tell nothing new.
        value = msgspec.msgpack.decode(data)
        cases += [msgspec.msgpack.encode(other) for other in replaced(value)][:1_000]
    expected = [decodes(codec, data) for data in cases]
    assert True in expected[len(samples) :]
    found = harness.records(shape, [data.hex() for data in cases])
    assert [case.hex() for case, a, b in zip(cases, expected, found, strict=True) if a != b] == []


def test_states_of_cards(harness: Harness):
    cases = [raw for raw in mangled(STATE, 400, 1) if raw != STATE]
    same = {"vkey": CARDS["vkey"], "serial": CARDS["serial"]}
    found = harness.states([{**same, "state": base64.b64encode(raw).decode()} for raw in cases])
    assert found == [state_answer(raw) for raw in cases]
    assert "holds" not in found
    assert set(found) >= {"card state", "checkpoint signature", "seal path", "card record", "card path"}


def texts(whole: str, count: int, seed: int) -> list[str]:
    """The text mangled: its characters, and its lines."""
    chance = random.Random(seed)
    made = [raw.decode() for raw in mangled(whole.encode(), count, seed) if _is_utf8(raw)]
    for _ in range(count // 4):
        lines = whole.split("\n")
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one] = chance.choice(
            [lines[other], lines[one] + " ", " " + lines[one], lines[one] + "=", "", "\u2014"]
        )
        made.append("\n".join(lines))
    return made


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_receipts(harness: Harness):
    vkey = VerifierKey.parse(RECEIPTS["vkey"])
    cases = [text for text in texts(RECEIPT, 400, 2) if text != RECEIPT]
    found = harness.receipts([{"vkey": RECEIPTS["vkey"], "text": text} for text in cases])
    assert found == [answer(verify_receipt, text, vkey) for text in cases]
    assert "holds" not in found
    assert set(found) >= {"receipt", "inclusion path", "checkpoint signature"}


def test_receipts_of_something_else_than_was_asked_for(harness: Harness):
    same = {"vkey": RECEIPTS["vkey"], "text": RECEIPT}
    asked = [{"index": 3}, {"id": "00" * 32}, {"network": "00" * 16}, {"network": RECEIPTS["network"]}]
    assert harness.receipts([same | one for one in asked]) == ["index", "command id", "network", "holds"]


def test_notes(harness: Harness):
    """Also with other people's signatures beside the log's."""
    vkey = VerifierKey.parse(RECEIPTS["vkey"])
    signature = NOTE.split("\n\n")[1]
    stranger = "— witness.example " + base64.b64encode(bytes(68)).decode() + "\n"
    cases = [
        *texts(NOTE, 400, 3),
        NOTE + stranger,
        NOTE.replace(signature, stranger + signature),
        NOTE.replace(signature, stranger),
        NOTE + stranger * 99,
        NOTE + stranger * 100,
        NOTE + signature,
        NOTE.replace(signature, signature.replace("paper.example/log", "PAPER.example/log")),
        NOTE + "\n" + signature,
        NOTE[:-1],
        "\n\n",
        "",
    ]
    found = harness.notes([{"note": note, "vkey": RECEIPTS["vkey"]} for note in cases])
    assert found == [answer(open_checkpoint, note, vkey) for note in cases]
    assert found[-11:-7] == ["holds", "holds", "checkpoint signature", "holds"]


def test_verifier_keys(harness: Harness):
    text = CARDS["vkey"]
    short = text.replace(text.split("+")[2], base64.b64encode(b"\x01" + bytes(31)).decode())
    cases = [text, f" {text}\r\n", text.upper(), "", "+", "++", short, *texts(text, 200, 4)]

    def known(case: str) -> list[str] | str:
        try:
            return [VerifierKey.parse(case).encode()]
        except NoteError:
            return "verifier key"

    assert harness.keys(cases) == [known(case) for case in cases]
