"""Writes `proofs/cards.json` and `proofs/receipts.json` anew: what verifiers of proofs have to take, and to refuse.

Run from the project's root: `.venv/bin/python -m vectors.make_proofs`. No test runs this. Each case is signed by the
log's true key unless it says otherwise: a verifier that only looked at that signature would take them all.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cardtrail.client.build import sign
from cardtrail.merkle.checkpoint import Checkpoint
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.log import LogTree
from cardtrail.merkle.proof_file import ProofFile
from cardtrail.merkle.register import Register
from cardtrail.signing.keys import SecretKey
from cardtrail.signing.notes import VerifierKey, sign_note
from cardtrail.wire.cards import CARD_CODEC, Held, HoldKind
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC, Redeem
from cardtrail.wire.entries import ENTRY_CODEC, encode_entry
from cardtrail.wire.proofs import CardState
from cardtrail.wire.scalars import NO_HASH
from cardtrail.wire.signed import SIGNED_CODEC, Signed
from tests.client.paper import NETWORK, NOW_MS, ORIGIN, PaperLedger

HERE = Path(__file__).parent / "proofs"
KEY = SecretKey(b"k" * 32)
STRANGER = SecretKey(b"x" * 32)
SERIAL = 2


def make_ledger() -> PaperLedger:
    """Five cards, one of them spent from."""
    ledger = PaperLedger().found()
    ledger.issue(*[KEY.public] * 5)
    ledger.must(Redeem(NETWORK, NOW_MS + 1000, SERIAL, 1, 300, NO_HASH), KEY)
    ledger.seal()
    return ledger


LEDGER = make_ledger()
STATE = LEDGER.card_state(SERIAL)
RECORD = CARD_CODEC.decode(STATE.record)
SEAL = SIGNED_CODEC.decode(ENTRY_CODEC.decode(STATE.seal_entry).signed)
REDEEMED = len(LEDGER.entries) - 2
RECEIPT = LEDGER.receipt(REDEEMED)


@dataclass(frozen=True)
class Small:
    """A log of a few entries, signed with the true key."""

    entries: tuple[bytes, ...]
    origin: str = ORIGIN
    ending: str = ""

    @property
    def note(self) -> str:
        tree = LogTree()
        tree.extend(leaf_hash(entry) for entry in self.entries)
        text = Checkpoint(self.origin, tree.size, tree.root()).encode() + self.ending
        return sign_note(text, ORIGIN, LEDGER.log_key)

    @property
    def receipt(self) -> str:
        return ProofFile(self.entries[0], 0, tuple(map(leaf_hash, self.entries[1:])), self.note).encode()


def state_of(record: bytes, **changes: Any) -> CardState:
    """A state proof of this record alone, in a register of as many cards as need be, sealed by a log of one entry."""
    signed = changes.pop("signed", None)
    leaves = [leaf_hash(record)] * (SERIAL + 1)
    register = Register.build(leaves)
    body = BODY_CODEC.decode(SEAL.body)
    seal = replace(body, entry=0, register_root=register.root, cards=len(leaves))
    seal = replace(
        seal, **{name: changes.pop(name) for name in list(changes) if name in seal.__struct_fields__}
    )
    raw = signed(seal) if signed else encode(Signed(encode(seal), (), None))
    log = Small((encode_entry(NOW_MS, raw),), **changes)
    return CardState(record, tuple(register.path(SERIAL)), 0, log.entries[0], (), log.note)


def command(body: bytes | None = None, **changes: Any) -> bytes:
    """The entry of the redemption, with something else about it."""
    signed = SIGNED_CODEC.decode(ENTRY_CODEC.decode(LEDGER.entries[REDEEMED]).signed)
    return encode_entry(NOW_MS, encode(replace(signed, **({"body": body} if body else {}), **changes)))


def cards() -> list[dict[str, Any]]:
    """States of cards."""
    held = Held(HoldKind.REBIND, KEY.public, NOW_MS, NOW_MS + 1, None, NO_HASH)
    gift = Held(HoldKind.GIFT, 3, NOW_MS, NOW_MS + 1, 2**53 - 1, NO_HASH)  # type: ignore[arg-type]
    rich = replace(RECORD, hold=held, frozen_by=5, parents=(0, 2**32), activated_ms=None, expires_ms=NOW_MS)
    wide = STATE.record.replace(b"\x9e\x02", b"\x9e\xcc\x02", 1)
    other = LEDGER.card_state(SERIAL + 1)
    cases = [
        ("as the ledger gave it", STATE, "holds"),
        ("a state of its own small log", state_of(STATE.record), "holds"),
        ("every field of a record that may be absent", state_of(encode(rich)), "holds"),
        ("a hold that a role releases, for a price", state_of(encode(replace(RECORD, hold=gift))), "holds"),
        ("another card's", other, "card serial"),
        ("another card's under this one's path", replace(other, path=STATE.path), "card serial"),
        ("a record richer than the register's", replace(STATE, record=encode(rich)), "card path"),
        ("a path without its last hash", replace(STATE, path=STATE.path[:-1]), "card path"),
        ("a path with one hash more", replace(STATE, path=(*STATE.path, NO_HASH)), "card path"),
        ("a register of fewer cards", state_of(STATE.record, cards=SERIAL), "card path"),
        ("a record in a longer spelling", state_of(wide), "card record"),
        ("a record with a status that is none", state_of(encode(replace(RECORD, status=5))), "card record"),
        (
            "a record with a balance below nothing",
            state_of(encode(replace(RECORD, balance_minor=-1))),
            "card record",
        ),
        ("a record with a field more", state_of(b"\x9f" + STATE.record[1:] + b"\x00"), "card record"),
        ("bytes after the record", state_of(STATE.record + b"\x00"), "card record"),
        ("a balance of 2^53", state_of(encode(replace(RECORD, balance_minor=2**53))), "card record"),
        ("a seal that is not the last entry", replace(STATE, seal_index=STATE.seal_index - 1), "seal index"),
        ("a seal path that leads elsewhere", replace(STATE, seal_path=STATE.seal_path[::-1]), "seal path"),
        ("a seal of another place", state_of(STATE.record, entry=1), "seal"),
        (
            "a seal that somebody signed",
            state_of(STATE.record, signed=lambda seal: sign(seal, KEY).raw),
            "seal",
        ),
        (
            "a command where the seal should be",
            replace(
                state_of(STATE.record),
                seal_entry=LEDGER.entries[REDEEMED],
                checkpoint=Small((LEDGER.entries[REDEEMED],)).note,
            ),
            "seal",
        ),
        (
            "a checkpoint of another log",
            state_of(STATE.record, origin="other.example/log"),
            "checkpoint origin",
        ),
        ("a checkpoint with a line more", state_of(STATE.record, ending="more\n"), "checkpoint"),
        (
            "a note without signature",
            replace(STATE, checkpoint=STATE.checkpoint.split("—")[0]),
            "checkpoint signature",
        ),
        (
            "a note signed twice by the key",
            replace(STATE, checkpoint=STATE.checkpoint + STATE.checkpoint.split("\n\n")[1]),
            "checkpoint signature",
        ),
        (
            "a note that a stranger signed in the log's name",
            replace(STATE, checkpoint=sign_note(STATE.checkpoint.split("\n\n")[0] + "\n", ORIGIN, STRANGER)),
            "checkpoint signature",
        ),
    ]
    return [
        {"why": why, "state": base64.b64encode(encode(state)).decode(), "answer": answer}
        for why, state, answer in cases
    ]


def receipts() -> list[dict[str, Any]]:
    """Receipts of entries."""
    proof = ProofFile.parse(RECEIPT)
    signed = SIGNED_CODEC.decode(ENTRY_CODEC.decode(LEDGER.entries[REDEEMED]).signed)
    (by,) = signed.signatures
    longer = (
        b"\xdc\x00" + bytes([signed.body[0] - 0x90]) + signed.body[1:]
    )  # The array's length in two bytes.
    wrong = bytes([by.signature[0] ^ 1]) + by.signature[1:]
    cases = [
        ("as the ledger gave it", RECEIPT, "holds"),
        ("of the log's first entry", LEDGER.receipt(0), "holds"),
        ("of the seal", LEDGER.receipt(REDEEMED + 1), "holds"),
        ("in a log of one entry", Small((command(),)).receipt, "holds"),
        ("in a log of two", Small((command(), b"beside")).receipt, "holds"),
        ("of the place before", replaced(proof, index=REDEEMED - 1), "inclusion path"),
        ("of a place that the log has not", replaced(proof, index=REDEEMED + 2), "inclusion path"),
        ("with a hash less", replaced(proof, path=proof.path[:-1]), "inclusion path"),
        ("with another entry", replaced(proof, extra=LEDGER.entries[0]), "inclusion path"),
        ("without the entry", replaced(proof, extra=None), "receipt"),
        ("with another first line", RECEIPT.replace("@v1", "@v2", 1), "receipt"),
        ("with a zero before the index", RECEIPT.replace("index ", "index 0", 1), "receipt"),
        ("of a command that nobody signed", Small((command(signatures=()),)).receipt, "command signature"),
        (
            "of a command whose signature is wrong",
            Small((command(signatures=(replace(by, signature=wrong),)),)).receipt,
            "command signature",
        ),
        ("of an entry that is none", Small((b"\x00",)).receipt, "entry"),
        ("of a command of unknown kind", Small((command(b"\x91\xa4mint"),)).receipt, "entry"),
        ("of a command in a longer spelling", Small((command(longer),)).receipt, "entry"),
        (
            "under a checkpoint of another log",
            Small((command(),), origin="a.example").receipt,
            "checkpoint origin",
        ),
        ("under a checkpoint with a line more", Small((command(),), ending="x\n").receipt, "checkpoint"),
        ("with a letter of the note changed", RECEIPT.replace("paper", "paqer"), "checkpoint signature"),
    ]
    return [{"why": why, "text": text, "answer": answer} for why, text, answer in cases]


def replaced(proof: ProofFile, **changes: Any) -> str:
    """The proof file with other parts."""
    parts = {name: getattr(proof, name) for name in ("extra", "index", "path", "note")} | changes
    return ProofFile(**parts).encode()


def write(name: str, about: str, **content: Any) -> None:
    """One file, one case a line."""
    lines = [f' "about": {json.dumps(about, ensure_ascii=False)}']
    for field, value in content.items():
        rows = (
            ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            if isinstance(value, list)
            else ""
        )
        lines.append(f' "{field}": [\n{rows}\n ]' if rows else f' "{field}": {json.dumps(value)}')
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def main() -> None:
    """Both files."""
    HERE.mkdir(exist_ok=True)
    vkey = VerifierKey(ORIGIN, LEDGER.log_key.public).encode()
    same = {"vkey": vkey, "network": NETWORK.hex()}
    write(
        "cards.json",
        "State proofs (canonical bytes in base64) of the card `serial` under the key `vkey`, and the answer: `holds`, "
        "or the part that does not. Several may not; the first on the way from the signature to the record is named.",
        **same,
        serial=SERIAL,
        cases=cards(),
    )
    write(
        "receipts.json",
        "Receipts (c2sp.org/tlog-proof with the entry as extra data) under the key `vkey`, and the answer: `holds`, or "
        "the part that does not.",
        **same,
        cases=receipts(),
    )


if __name__ == "__main__":
    main()
