"""A signed command, as it is sent and as the log keeps it, and the clearance that may go with it.

What a signature covers begins with a domain, so that a signature given for one purpose is worth nothing for
another."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cardtrail.wire.codec import Codec
from cardtrail.wire.record import Record
from cardtrail.wire.scalars import Count, Hash, Key, Millis, Network, Signature

COMMAND_DOMAIN = b"cardtrail/v1/command\x00"
CLEARANCE_DOMAIN = b"cardtrail/v1/clearance\x00"

MAX_SIGNATURES = 100
"""What the form has room for: a merge of a hundred cards. The rules take no more than a kind has a use for."""

MAX_CLEARANCE_PATH = 32


class SignedBy(Record):
    """One signature and the key it is by."""

    key: Key
    signature: Signature


Signatures = Annotated[tuple[SignedBy, ...], Meta(max_length=MAX_SIGNATURES)]


class Statement(Record):
    """What the clearer signs: these commands passed risk and identity checks and may take effect until
    `until_ms`.

    root, count   RFC 6962 tree over the ids of the cleared commands, in the order the clearer chose
    """

    network: Network
    root: Hash
    count: Annotated[int, Meta(ge=1, le=2**MAX_CLEARANCE_PATH)]
    until_ms: Millis


class Clearance(Record):
    """A clearer's statement and the proof that one command is among those it covers."""

    statement: bytes
    signatures: Annotated[tuple[SignedBy, ...], Meta(min_length=1, max_length=16)]
    index: Count
    path: Annotated[tuple[Hash, ...], Meta(max_length=MAX_CLEARANCE_PATH)]


class Signed(Record):
    """A command's canonical body, the signatures over it (sorted by key, no key twice), and a clearance where
    it has one.
    """

    body: bytes
    signatures: Signatures
    clearance: Clearance | None


STATEMENT_CODEC: Codec[Statement] = Codec(Statement)
SIGNED_CODEC: Codec[Signed] = Codec(Signed)


def command_message(body: bytes) -> bytes:
    """The bytes a command's signature covers."""
    return COMMAND_DOMAIN + body


def clearance_message(statement: bytes) -> bytes:
    """The bytes a clearance's signature covers."""
    return CLEARANCE_DOMAIN + statement
