"""The JSON forms that the interface takes and gives, as JSON Schema (2020-12), named as in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from cardtrail.node.api.problems import Kind
from cardtrail.wire.cards import HoldKind, Status
from cardtrail.wire.commands import KINDS
from cardtrail.wire.products import CLEARABLE, Transferable
from cardtrail.wire.reasons import Reason
from cardtrail.wire.roles import Role
from cardtrail.wire.scalars import MAX_INTEGER

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def integer(description: str, **more: Any) -> Schema:
    """A natural number that every JSON reader holds exactly."""
    return {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER, "description": description, **more}


def array(items: Schema, description: str = "") -> Schema:
    """A list."""
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def nullable(schema: Schema) -> Schema:
    """A value that may be missing."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(description: str, **fields: Schema) -> Schema:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "description": description,
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _digits(count: int, description: str) -> Schema:
    return {"type": "string", "pattern": f"^[0-9a-f]{{{count}}}$", "description": description}


def _names(members: Any) -> list[str]:
    return [member.name.lower() for member in members]


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


_BASE64 = {"type": "string", "contentEncoding": "base64"}
_TRUTH = {"type": "boolean"}
_MOMENT = integer("milliseconds since 1970-01-01T00:00:00Z")
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 code"}
_AMOUNT = integer("minor units of the currency, such as fen")
_DURATION = integer("milliseconds")

SCHEMAS: dict[str, Schema] = {
    "Hash": _digits(64, "SHA-256, in hexadecimal"),
    "Key": _digits(64, "an Ed25519 public key, in hexadecimal"),
    "Role": {"type": "string", "enum": _names(Role)},
    "Hold": record(
        "A card set aside for whoever may release it.",
        kind={"type": "string", "enum": _names(HoldKind)},
        release={"anyOf": [ref("Key"), ref("Role")]},
        not_before_ms=_MOMENT,
        until_ms=_MOMENT,
        price_minor=nullable(_AMOUNT),
        reference=ref("Hash"),
    ),
    "Card": record(
        "A card record. `entry` is the log entry that last changed the card.",
        number={"type": "string", "pattern": "^[0-9]{16}$", "description": "the printed number"},
        serial=integer("the card's place in the register"),
        product=integer("the product's number"),
        face_minor=_AMOUNT,
        balance_minor=_AMOUNT,
        owner=ref("Key"),
        status={"type": "string", "enum": _names(Status)},
        frozen_by=nullable(ref("Role")),
        hold=nullable(ref("Hold")),
        parents=array(integer("a serial"), "the cards it came from by split or merge"),
        hop=integer("how often the owner changed"),
        version=integer("how often anything changed"),
        activated_ms=nullable(_MOMENT),
        expires_ms=nullable(_MOMENT),
        entry=integer("an entry's index"),
    ),
    "CardState": record(
        "The card as the latest checkpoint proves it.",
        card=ref("Card"),
        record={**_BASE64, "description": "the canonical bytes: a leaf of the register at the card's serial"},
        path=array(_BASE64, "from that leaf to the register root that the seal states"),
        seal_index=integer("where the seal stands: the checkpoint's last entry"),
        seal_entry={**_BASE64, "description": "the seal: a leaf of the log"},
        seal_path=array(_BASE64, "from that leaf to the checkpoint's root"),
        checkpoint=_text("the signed note (c2sp.org/tlog-checkpoint)"),
    ),
    "CardAnswer": record(
        "A card as it stands, and as the latest checkpoint proves it; no state if it is younger than that.",
        card=ref("Card"),
        state=nullable(ref("CardState")),
    ),
    "Command": {
        "type": "object",
        "description": "What a command says: its kind, and the fields of that kind.",
        "properties": {"kind": {"type": "string", "enum": list(KINDS)}},
        "required": ["kind"],
    },
    "Entry": record(
        "One accepted command.",
        index=integer("its place in the log"),
        time_ms=_MOMENT,
        id=ref("Hash"),
        kind={"type": "string", "enum": list(KINDS)},
        command=ref("Command"),
        entry={**_BASE64, "description": "the exact bytes, whose hash is the leaf of the log"},
    ),
    "Entries": array(ref("Entry")),
    "Trail": record(
        "What changed a card or any card it came from.",
        serial=integer("the card asked for"),
        cards=array(integer("a serial"), "the card and all it came from, ascending"),
        entries=array(ref("Entry"), "ascending, each once"),
    ),
    "Accepted": record(
        "The command is in the log, durably. Sending it again gives the same answer.",
        status={"const": "accepted"},
        id=ref("Hash"),
        index=integer("its place in the log"),
        time_ms=_MOMENT,
    ),
    "Refused": record(
        "The command changed nothing. No id where its bytes or signatures were not right.",
        status={"const": "refused"},
        id=nullable(ref("Hash")),
        reason={"type": "string", "enum": [reason.code for reason in Reason]},
        detail=_text("what is wrong and what to do"),
    ),
    "Answers": array({"oneOf": [ref("Accepted"), ref("Refused")]}, "one for each command, in order"),
    "Terms": record(
        "What a product's cards may do.",
        currency=_CURRENCY,
        faces=array(_AMOUNT),
        face_limit_minor=_AMOUNT,
        named=_TRUTH,
        transferable={"type": "string", "enum": _names(Transferable)},
        cooling_off_ms=_DURATION,
        resale_cap_bp=integer("basis points of the balance"),
        max_hops=integer("how often the owner may change"),
        clearance=array({"type": "string", "enum": sorted(CLEARABLE)}),
        split=_TRUTH,
        merge=_TRUTH,
        validity_ms=nullable(_DURATION),
        hold_limit_ms=_DURATION,
        rebind_delay_ms=_DURATION,
    ),
    "Product": record(
        "A defined product.", product=integer("its number"), name=_text(""), terms=ref("Terms")
    ),
    "Authority": record(
        "The present keys of a role, how many must sign, and the sequence its next command carries.",
        role=ref("Role"),
        keys=array(ref("Key")),
        threshold=integer("how many of the keys must sign"),
        sequence=integer("the next command's"),
    ),
    "Ledger": record(
        "The ledger as a whole.",
        network=nullable(_digits(32, "names the ledger; none before its first entry")),
        origin=_text("the log's name"),
        vkey=_text("the log's verifier key (c2sp.org/signed-note)"),
        size=integer("entries"),
        time_ms=_MOMENT,
        cards=integer("cards"),
        products=array(ref("Product")),
        authorities=array(ref("Authority")),
        checkpoint_size=integer("entries under the latest checkpoint"),
    ),
    "CurrencyTotals": record(
        "Sums of one currency: issued = outstanding + redeemed + voided.",
        currency=_CURRENCY,
        **dict.fromkeys(
            ("issued", "outstanding", "redeemed", "voided", "inactive", "held", "frozen"), _AMOUNT
        ),
    ),
    "Deposit": record(
        "What the custodian last stated to keep.",
        currency=_CURRENCY,
        deposit_minor=_AMOUNT,
        as_of_ms=_MOMENT,
        statement=ref("Hash"),
        entry=integer("the entry that states it"),
        custody_ratio_bp=nullable(
            integer("share of outstanding less inactive, in basis points, rounded down", maximum=2**64)
        ),
    ),
    "Totals": record(
        "The sums as of one entry.",
        time_ms=_MOMENT,
        size=integer("entries"),
        totals=array(ref("CurrencyTotals")),
        deposits=array(ref("Deposit")),
    ),
    "Health": record(
        "The node takes commands.",
        status={"const": "ok"},
        size=integer("entries"),
        checkpoint_size=integer("entries under the latest checkpoint"),
    ),
    "Problem": {
        "type": "object",
        "description": "An error (RFC 9457). `reason` is for programs, `title` and `detail` for people.",
        "properties": {
            "type": {"type": "string", "pattern": "^urn:cardtrail:(problem|refusal):[a-z_]+$"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "reason": {"type": "string", "enum": [kind.reason for kind in Kind] + [r.code for r in Reason]},
            "detail": {"type": "string"},
            "id": nullable(ref("Hash")),
        },
        "required": ["type", "title", "status", "reason"],
        "additionalProperties": False,
    },
}
