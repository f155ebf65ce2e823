"""Making commands: a body, signed by one or more keys, perhaps with a clearance; and clearances for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cardtrail.merkle.hashing import leaf_hash
from cardtrail.merkle.register import Register
from cardtrail.signing.keys import SecretKey
from cardtrail.wire.codec import encode
from cardtrail.wire.commands import BODY_CODEC, Body
from cardtrail.wire.entries import MAX_SIGNED_BYTES
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.signed import (
    SIGNED_CODEC,
    Clearance,
    Signatures,
    Signed,
    SignedBy,
    Statement,
    clearance_message,
    command_message,
)


@dataclass(frozen=True, slots=True)
class SignedCommand:
    """A command ready to be submitted.

    raw    the bytes that are sent, and that the log will keep
    id     SHA-256 of the signed body: the same whoever signs, and with or without a clearance
    body   what it says
    """

    raw: bytes
    id: bytes
    body: Body

    @classmethod
    def parse(cls, raw: bytes) -> SignedCommand:
        """A command from its bytes, such as a file's. Raises `Malformed` or `NotCanonical`; signatures are not
        verified.
        """
        body = SIGNED_CODEC.decode(raw).body
        return cls(raw, command_id(body), BODY_CODEC.decode(body))

    def cleared(self, clearance: Clearance) -> SignedCommand:
        """The same command with a clearance; its id and signatures stay as they are."""
        signed = SIGNED_CODEC.trusted(self.raw)
        raw = encode(Signed(signed.body, signed.signatures, clearance))
        _check_size(raw)
        return SignedCommand(raw, self.id, self.body)


def sign(body: Body, *keys: SecretKey, clearance: Clearance | None = None) -> SignedCommand:
    """A body signed by these keys, in any order; a key named twice signs once.

    Raises `ValueError` if no key is given or the body does not keep to its fields' bounds.
    """
    if not keys:
        raise ValueError("a command needs at least one key to sign it")
    data = encode(body)
    # Records do not check their fields when they are made. A key of 31 bytes should fail here and not at the node.
    BODY_CODEC.decode(data)
    raw = encode(Signed(data, _signatures(command_message(data), keys), clearance))
    _check_size(raw)
    return SignedCommand(raw, command_id(data), body)


def clear(
    ids: Iterable[bytes], keys: Sequence[SecretKey], network: bytes, until_ms: int
) -> dict[bytes, Clearance]:
    """One clearer's signature over many commands: a clearance for each id.

    What is signed is the root of the RFC 6962 tree whose leaves hold the ids, so each command carries only its
    own path. Raises `ValueError` without ids or keys.
    """
    order = list(dict.fromkeys(ids))
    if not order or not keys:
        raise ValueError("a clearance needs at least one command id and one key")
    tree = Register.build(leaf_hash(id) for id in order)
    statement = encode(Statement(network, tree.root, len(order), until_ms))
    signatures = _signatures(clearance_message(statement), keys)
    return {
        id: Clearance(statement, signatures, place, tuple(tree.path(place))) for place, id in enumerate(order)
    }


def _signatures(message: bytes, keys: Iterable[SecretKey]) -> Signatures:
    """Sorted by key and no key twice: the one order the ledger takes."""
    distinct = {key.public: key for key in keys}
    return tuple(SignedBy(public, distinct[public].sign(message)) for public in sorted(distinct))


def _check_size(raw: bytes) -> None:
    if len(raw) > MAX_SIGNED_BYTES:
        raise ValueError(
            f"the command has {len(raw)} bytes, at most {MAX_SIGNED_BYTES}; split it into several"
        )
