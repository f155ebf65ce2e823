"""A holder's own records as JSON: what the service keeps about them, in a form that programs can read for years.

Schema `cardtrail/v1/records`: one object with the fields of `Records` in their order, lists sorted as said there, times
in milliseconds since 1970, amounts in minor units beside their ISO 4217 code, bytes in hexadecimal. The same records
give the same bytes. Other holders appear as `another`, never by name or key.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Literal

SCHEMA = "cardtrail/v1/records"

Party = Literal["self", "another", "issuer"]


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Who the records are about."""

    id: str
    name: str
    email: str
    language: str
    time_zone: str
    joined_ms: int


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A card the person holds or held. `state` is the word its page shows, such as `active`."""

    number: str
    product: str
    currency: str
    face_minor: int
    balance_minor: int
    state: str
    held: bool
    expires_ms: int | None


@dataclass(frozen=True, slots=True)
class MovementRecord:
    """One entry of the log about one card while it was theirs, or that made it or ended it being theirs."""

    entry: int
    leaf_hash: bytes
    time_ms: int
    number: str
    kind: str
    amount_minor: int
    balance_minor: int
    currency: str
    holder_before: Party | None
    holder_after: Party | None


@dataclass(frozen=True, slots=True)
class ConfirmationRecord:
    """What the person confirmed: the text they saw, when, how, from where, and the hash kept of it."""

    id: str
    time_ms: int
    purpose: str
    text: str
    method: str
    device: str
    address: str
    evidence_sha256: bytes


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A device on which the person signed in."""

    device: str
    address: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """What the person was told."""

    time_ms: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class LookUpRecord:
    """A member of staff who looked the person up: in which role, for which case, why."""

    time_ms: int
    role: str
    case: str
    reason: str


@dataclass(frozen=True, slots=True)
class Records:
    """Everything, as of one moment. Cards are sorted by number, all else by time and then as written.

    network, log, verifier_key   which ledger the entries are in, and what proves them
    """

    made_ms: int
    issuer: str
    network: bytes
    log: str
    verifier_key: str
    person: PersonRecord
    cards: tuple[CardRecord, ...] = ()
    movements: tuple[MovementRecord, ...] = ()
    confirmations: tuple[ConfirmationRecord, ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    notices: tuple[NoticeRecord, ...] = ()
    look_ups: tuple[LookUpRecord, ...] = ()


def records_json(records: Records) -> bytes:
    """The file: UTF-8, indented by two, a newline at its end."""
    ordered = replace(
        records,
        cards=tuple(sorted(records.cards, key=lambda card: card.number)),
        movements=tuple(sorted(records.movements, key=lambda movement: (movement.entry, movement.number))),
        confirmations=tuple(sorted(records.confirmations, key=lambda one: (one.time_ms, one.id))),
        sessions=tuple(sorted(records.sessions, key=lambda one: (one.first_ms, one.device, one.address))),
        notices=tuple(sorted(records.notices, key=lambda one: (one.time_ms, one.kind, one.text))),
        look_ups=tuple(sorted(records.look_ups, key=lambda one: (one.time_ms, one.case, one.role))),
    )
    document = {"schema": SCHEMA, **asdict(ordered)}
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_hex, allow_nan=False)
    return (text + "\n").encode("utf-8", "backslashreplace")


def _hex(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no form in these records")
