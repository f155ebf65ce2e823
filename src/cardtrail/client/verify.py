"""Proofs checked without trusting whoever handed them over: receipts of entries, and states of cards.

The one thing taken for granted is the log's verifier key. Every failure is a `ProofError` that names the part
that did not fit.
"""

from __future__ import annotations

from dataclasses import dataclass

from cardtrail.client.errors import ProofError
from cardtrail.merkle.checkpoint import Checkpoint, CheckpointError
from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.proof_file import ProofFile, ProofFileError
from cardtrail.merkle.proofs import verify_inclusion
from cardtrail.signing.keys import verify
from cardtrail.signing.notes import NoteError, VerifierKey, open_note
from cardtrail.wire.cards import CARD_CODEC, Card
from cardtrail.wire.codec import Malformed, NotCanonical
from cardtrail.wire.commands import BODY_CODEC, Body, Seal
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.proofs import CardState
from cardtrail.wire.signed import SIGNED_CODEC, command_message


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry taken apart: when the ledger took the command, its id, what it says, who signed, and the bytes."""

    index: int
    time_ms: int
    id: bytes
    body: Body
    signers: tuple[bytes, ...]
    entry: bytes


@dataclass(frozen=True, slots=True)
class ProvedEntry:
    """An entry that is in the log, and the signed checkpoint that says so."""

    entry: LogEntry
    checkpoint: Checkpoint
    note: str


@dataclass(frozen=True, slots=True)
class ProvedCard:
    """A card's record as the checkpoint's seal states it, and when that was."""

    card: Card
    seal: Seal
    time_ms: int
    checkpoint: Checkpoint
    note: str


def open_checkpoint(note: str, vkey: VerifierKey) -> Checkpoint:
    """What a signed checkpoint states, once its signature and its origin fit the log's verifier key."""
    try:
        checkpoint = Checkpoint.parse(open_note(note, vkey))
    except NoteError as error:
        raise ProofError("checkpoint signature", str(error)) from None
    except CheckpointError as error:
        raise ProofError("checkpoint", str(error)) from None
    if checkpoint.origin != vkey.name:
        raise ProofError("checkpoint origin", f"it is of the log {checkpoint.origin}, not of {vkey.name}")
    return checkpoint


def read_entry(index: int, data: bytes) -> LogEntry:
    """An entry taken apart, its command's signatures verified. That it is in a log is another question."""
    try:
        entry = ENTRY_CODEC.decode(data)
        signed = SIGNED_CODEC.decode(entry.signed)
        body = BODY_CODEC.decode(signed.body)
    except (Malformed, NotCanonical) as error:
        raise ProofError("entry", f"its bytes are not an entry: {error}") from None
    if not signed.signatures and not isinstance(body, Seal):
        raise ProofError("command signature", "the command is not signed by anybody")
    message = command_message(signed.body)
    for by in signed.signatures:
        if not verify(by.key, message, by.signature):
            raise ProofError("command signature", f"the signature by {by.key.hex()} does not fit the command")
    signers = tuple(by.key for by in signed.signatures)
    return LogEntry(index, entry.time_ms, command_id(signed.body), body, signers, data)


def verify_receipt(
    text: str,
    vkey: VerifierKey,
    *,
    index: int | None = None,
    id: bytes | None = None,
    network: bytes | None = None,
) -> ProvedEntry:
    """The entry that a receipt (c2sp.org/tlog-proof with the entry as its extra data) proves to be in the log.

    index, id, network   what was asked for, where it is known: a proof of something else is refused
    """
    try:
        proof = ProofFile.parse(text)
    except ProofFileError as error:
        raise ProofError("receipt", str(error)) from None
    if proof.extra is None:
        raise ProofError("receipt", "the entry is missing from it")
    checkpoint = open_checkpoint(proof.note, vkey)
    if not verify_inclusion(
        leaf_hash(proof.extra), proof.index, checkpoint.size, proof.path, checkpoint.root
    ):
        raise ProofError("inclusion path", f"it does not lead from entry {proof.index} to the checkpoint")
    entry = read_entry(proof.index, proof.extra)
    if index is not None and entry.index != index:
        raise ProofError("index", f"the receipt is of entry {entry.index}, not of {index}")
    if id is not None and entry.id != id:
        raise ProofError("command id", f"the receipt is of command {entry.id.hex()}, not of {id.hex()}")
    _check_network(entry.body, network)
    return ProvedEntry(entry, checkpoint, proof.note)


def verify_card_state(
    state: CardState, vkey: VerifierKey, serial: int, *, network: bytes | None = None
) -> ProvedCard:
    """The record that a state proof proves the card to have had when the checkpoint was made.

    The checkpoint's last entry is a seal; the seal states the root of the register; the record is a leaf of it.
    """
    checkpoint = open_checkpoint(state.checkpoint, vkey)
    if state.seal_index != checkpoint.size - 1:
        raise ProofError("seal index", f"entry {state.seal_index} is not the checkpoint's last")
    if not verify_inclusion(
        leaf_hash(state.seal_entry), state.seal_index, checkpoint.size, state.seal_path, checkpoint.root
    ):
        raise ProofError("seal path", "it does not lead from the seal to the checkpoint")
    entry = read_entry(state.seal_index, state.seal_entry)
    seal = entry.body
    if not isinstance(seal, Seal) or entry.signers or seal.entry != state.seal_index:
        raise ProofError("seal", "the checkpoint's last entry is not the seal of its place")
    _check_network(seal, network)
    card = _read_card(state.record)
    if card.serial != serial:
        raise ProofError("card serial", f"the record is of card {card.serial}, not of {serial}")
    if not verify_inclusion(leaf_hash(state.record), serial, seal.cards, state.path, seal.register_root):
        raise ProofError("card path", "it does not lead from the card's record to the register's root")
    return ProvedCard(card, seal, entry.time_ms, checkpoint, state.checkpoint)


def _read_card(record: bytes) -> Card:
    try:
        return CARD_CODEC.decode(record)
    except (Malformed, NotCanonical) as error:
        raise ProofError("card record", f"its bytes are not a card: {error}") from None


def _check_network(body: Body, network: bytes | None) -> None:
    if network is not None and body.network != network:
        raise ProofError("network", f"it is of the ledger {body.network.hex()}, not of {network.hex()}")
