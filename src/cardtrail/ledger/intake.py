"""From bytes to a command whose form is right, before any state is read.

Signatures are not verified here, only laid out as jobs, so that a whole batch can be verified in parallel.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from cardtrail.wire.codec import Malformed, NotCanonical
from cardtrail.wire.commands import BODY_CODEC, Body, Merge, Seal, kind_of
from cardtrail.wire.entries import MAX_SIGNED_BYTES
from cardtrail.wire.identifiers import command_id
from cardtrail.wire.products import CLEARABLE
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import MAX_ROLE_KEYS
from cardtrail.wire.signed import (
    SIGNED_CODEC,
    STATEMENT_CODEC,
    Clearance,
    Signatures,
    Signed,
    Statement,
    clearance_message,
    command_message,
)

SignatureJob = tuple[bytes, bytes, bytes]
"""Public key, message, signature."""

SIGNED_BY_A_ROLE = frozenset(
    (
        *("activate", "appoint", "attest", "define", "issue"),
        *("freeze", "rebind", "refund", "release", "return", "unfreeze", "void"),
    )
)
"""The commands that a role signs, or may sign."""


class Cleared(NamedTuple):
    """A clearance laid out: what was signed, by which keys, and where this command stands in it."""

    statement: Statement
    signers: tuple[bytes, ...]
    place: int
    path: tuple[bytes, ...]
    jobs: tuple[SignatureJob, ...]


class Request(NamedTuple):
    """A well-formed command and who signed it. It counts only once its jobs, and its clearance's, were found valid."""

    raw: bytes
    body: Body
    id: bytes
    signers: tuple[bytes, ...]
    cleared: Cleared | None
    jobs: tuple[SignatureJob, ...]


def read_command(raw: bytes, network: bytes | None) -> Request | Reason:
    """The request in these bytes, or the first thing that is wrong with them.

    network  the ledger's, or none for a ledger that has no entry yet
    """
    request = _decode(raw, network)
    if isinstance(request, Reason):
        return request
    if isinstance(request.body, Seal):
        return Reason.NOT_SUBMITTABLE
    return request if request.signers else Reason.BAD_SIGNATURE


def read_logged(raw: bytes, network: bytes | None) -> Request | Reason:
    """The same for a command that stands in a log, where the ledger's own seals are at home."""
    request = _decode(raw, network)
    if isinstance(request, Reason):
        return request
    sealed = isinstance(request.body, Seal)
    if sealed and (request.signers or request.cleared):
        return Reason.NOT_CANONICAL
    return request if request.signers or sealed else Reason.BAD_SIGNATURE


def _decode(raw: bytes, network: bytes | None) -> Request | Reason:
    if len(raw) > MAX_SIGNED_BYTES:
        return Reason.OVERSIZE
    try:
        signed: Signed = SIGNED_CODEC.decode(raw)
        body = BODY_CODEC.decode(signed.body)
        clearance = signed.clearance
        statement = STATEMENT_CODEC.decode(clearance.statement) if clearance else None
    except Malformed:
        return Reason.MALFORMED
    except NotCanonical:
        return Reason.NOT_CANONICAL if _is_shaped(raw) else Reason.MALFORMED
    if len(signed.signatures) > 1 and len(signed.signatures) > most_signatures(body):
        return Reason.NOT_CANONICAL
    signers = _signers(signed.signatures)
    if signers is None or (clearance is not None and kind_of(body) not in CLEARABLE):
        return Reason.NOT_CANONICAL
    cleared = None
    if clearance is not None and statement is not None:
        clearers = _signers(clearance.signatures)
        if clearers is None:
            return Reason.NOT_CANONICAL
        cleared = Cleared(statement, clearers, clearance.index, clearance.path, _jobs(clearance))
    if network is not None and body.network != network:
        return Reason.WRONG_NETWORK
    message = command_message(signed.body)
    jobs = tuple([(by.key, message, by.signature) for by in signed.signatures])
    return Request(raw, body, command_id(signed.body), signers, cleared, jobs)


def most_signatures(body: Body) -> int:
    """How many signatures a command can have a use for: one by its holder, one for each card that is merged, or
    one by each key of a role. With more it is not canonical, and none of them is looked at: each would cost a
    verification over the whole body."""
    if isinstance(body, Merge):
        return len(body.cards)
    return MAX_ROLE_KEYS if kind_of(body) in SIGNED_BY_A_ROLE else 1


def _is_shaped(raw: bytes) -> bool:
    """Whether all parts of a command decode, in whatever spelling. An outer part that is not canonical must
    not hide an inner one that is malformed, for that is declared first."""
    try:
        signed = SIGNED_CODEC.decode(raw, canonical=False)
        BODY_CODEC.decode(signed.body, canonical=False)
        if signed.clearance:
            STATEMENT_CODEC.decode(signed.clearance.statement, canonical=False)
    except Malformed:
        return False
    return True


def _jobs(clearance: Clearance) -> tuple[SignatureJob, ...]:
    message = clearance_message(clearance.statement)
    return tuple((by.key, message, by.signature) for by in clearance.signatures)


def _signers(signatures: Signatures) -> tuple[bytes, ...] | None:
    """The keys, or none if they are not strictly ascending (one order, no key twice)."""
    keys = tuple([by.key for by in signatures])
    if len(keys) > 1 and any(a >= b for a, b in pairwise(keys)):
        return None
    return keys
