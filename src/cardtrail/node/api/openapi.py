"""The interface written down (OpenAPI 3.1), as data. Served at `/openapi.json`; the tests hold the node to it."""

from __future__ import annotations

from typing import Any

from cardtrail import __version__
from cardtrail.node.api.answers import JSON, MSGPACK
from cardtrail.node.api.feed import EVENT_STREAM
from cardtrail.node.api.limits import DEFAULT_PAGE_ENTRIES, MAX_PAGE_ENTRIES
from cardtrail.node.api.problems import PROBLEM_TYPE, Kind
from cardtrail.node.api.schemas import SCHEMAS, Schema, integer, ref
from cardtrail.wire.reasons import Reason
from cardtrail.wire.requests import MAX_BODY_BYTES
from cardtrail.wire.scalars import MAX_INTEGER

_NOTE = "cardtrail.local/ab12cd34\n3\nuLaA0Q5vq0mS4u3ycoN0TSI6O64KlfGmxSoHEUBF0Ck=\n\n— cardtrail.local/ab12cd34 …\n"
_ID = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"
_ACCEPTED = {"status": "accepted", "id": _ID, "index": 3, "time_ms": 1_767_225_600_000}
_BYTES: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
_AFTER: Schema = {
    "type": "integer",
    "minimum": -1,
    "maximum": MAX_INTEGER,
    "default": -1,
    "description": "begin behind this entry; -1 begins with the first",
}


def _answer(
    description: str, content: dict[str, Any], headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"description": description, "content": content, **({"headers": headers} if headers else {})}


def _json(name: str, example: Any = None) -> dict[str, Any]:
    return {JSON: {"schema": ref(name), **({} if example is None else {"example": example})}}


def _msgpack(description: str) -> dict[str, Any]:
    return {MSGPACK: {"schema": {**_BYTES, "description": description}}}


def _text(example: str) -> dict[str, Any]:
    return {"text/plain": {"schema": {"type": "string"}, "example": example}}


def _problems(*kinds: Kind) -> dict[str, Any]:
    """One response for each status, with an example for each kind of problem. All addresses share three of them."""
    by_status: dict[int, list[Kind]] = {}
    for kind in (Kind.MALFORMED_REQUEST, Kind.BAD_PARAMETER, *kinds, Kind.STORAGE_FAILED):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _problem(status, of_status) for status, of_status in sorted(by_status.items())}


def _problem(status: int, kinds: list[Kind]) -> dict[str, Any]:
    examples = {
        kind.reason: {
            "value": {
                "type": f"urn:cardtrail:problem:{kind.reason}",
                "title": kind.title,
                "status": status,
                "reason": kind.reason,
            }
        }
        for kind in kinds
    }
    retry = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    content = {PROBLEM_TYPE: {"schema": ref("Problem"), "examples": examples}}
    description = " ".join(kind.title for kind in kinds)
    return _answer(description, content, retry if {Kind.BUSY, Kind.STOPPING} & set(kinds) else None)


def _refusal(description: str, reason: Reason, status: int) -> dict[str, Any]:
    example = {
        "type": f"urn:cardtrail:refusal:{reason.code}",
        "title": reason.value,
        "status": status,
        "reason": reason.code,
        "id": _ID if status == 409 else None,
    }
    return _answer(description, {PROBLEM_TYPE: {"schema": ref("Problem"), "example": example}})


def _get(
    operation: str,
    summary: str,
    content: dict[str, Any],
    *problems: Kind,
    parameters: tuple[dict[str, Any], ...] = (),
    description: str = "",
) -> dict[str, Any]:
    responses = {"200": _answer(summary, content), **_problems(*problems)}
    more = {"description": description} if description else {}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            **more,
            "parameters": list(parameters),
            "responses": responses,
        }
    }


def _in_path(name: str, schema: Schema, example: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _in_query(name: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


_SERIAL = _in_path("serial", integer("the plain serial, in decimal digits"), 0)
_INDEX = _in_path("index", integer("an entry's place in the log"), 0)
_LIMIT: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_PAGE_ENTRIES,
    "default": DEFAULT_PAGE_ENTRIES,
    "description": "the most entries to give; fewer are given where they are large",
}
_NUMBER: Schema = {
    "type": "string",
    "pattern": "^(x[0-9]{3}/)*[0-9]{3}$",
    "description": "the tile's number in groups of three digits, all but the last with an x: 1234067 is x001/x234/067",
}
_N = _in_path("n", _NUMBER, "000")
_LEVEL = _in_path("level", {"type": "integer", "minimum": 0, "maximum": 63}, 0)
_WIDTH = _in_path("width", {"type": "integer", "minimum": 1, "maximum": 255}, 1)
_TILE = {"application/octet-stream": {"schema": _BYTES}}

_SUBMIT = {
    "post": {
        "operationId": "submit",
        "summary": "Submit commands",
        "description": (
            "The answer comes when all that was accepted is durable. The order is kept, each command stands for "
            "itself. A single command that is refused is answered with a problem document. Sending a command "
            "again is safe: it gives the first answer."
        ),
        "parameters": [
            _in_query(
                "wait",
                {
                    "type": "string",
                    "enum": ["checkpoint"],
                    "description": "answer only once a checkpoint covers it",
                },
            )
        ],
        "requestBody": {
            "required": True,
            "description": f"At most {MAX_BODY_BYTES} bytes.",
            "content": _msgpack("a canonical msgpack array of 1 to 1,000 byte strings: signed commands"),
        },
        "responses": {
            "200": _answer(
                "One answer for each command, in order.",
                _json("Answers", [_ACCEPTED])
                | _msgpack(
                    'a canonical array of ["accepted", id, index, time_ms] or ["refused", id, reason]'
                ),
            ),
            **_problems(
                Kind.UNDECODABLE_BODY,
                Kind.BODY_TOO_LARGE,
                Kind.WRONG_CONTENT_TYPE,
                Kind.BUSY,
                Kind.STOPPING,
                Kind.ENGINE_FAILED,
            ),
            "409": _refusal("The one command does not fit the ledger as it stands.", Reason.CARD_HELD, 409),
            "422": _refusal("The one command is not right in itself.", Reason.BAD_SIGNATURE, 422),
        },
    }
}

_PATHS: dict[str, Any] = {
    "/v1/commands": _SUBMIT,
    "/v1/commands/{id}": _get(
        "command",
        "What became of a command",
        _json("Accepted", _ACCEPTED),
        Kind.UNKNOWN_COMMAND,
        parameters=(_in_path("id", ref("Hash"), _ID),),
    ),
    "/v1/entries": _get(
        "entries",
        "A page of the log",
        _json("Entries") | _msgpack("a canonical array of [index, entry]"),
        parameters=(_in_query("after", _AFTER), _in_query("limit", _LIMIT)),
        description="Empty where the log ends.",
    ),
    "/v1/entries/{index}/receipt": _get(
        "receipt",
        "A receipt that anybody can verify (c2sp.org/tlog-proof; `extra` is the entry)",
        _text(f"c2sp.org/tlog-proof@v1\nextra …\nindex 2\n…\n\n{_NOTE}"),
        Kind.UNKNOWN_ENTRY,
        Kind.NOT_PUBLISHED_YET,
        parameters=(_INDEX,),
    ),
    "/v1/feed": _get(
        "feed",
        "Entries and checkpoints as they come",
        {
            EVENT_STREAM: {
                "schema": {"type": "string"},
                "example": 'event: entry\nid: 3\ndata: {"index":3}\n\n',
            }
        },
        Kind.BUSY,
        Kind.STOPPING,
        Kind.ENGINE_FAILED,
        parameters=(
            _in_query("after", _AFTER),
            {"name": "Last-Event-ID", "in": "header", "required": False, "schema": _AFTER},
        ),
        description=(
            "Server-Sent Events. `entry`: id is the index, data an Entry. `checkpoint`: data has `size` and the signed "
            "note, after all the entries it covers. Comments keep the connection alive. Has no end of its own."
        ),
    ),
    "/v1/cards/{serial}": _get(
        "card",
        "A card as it stands, proved by the latest checkpoint",
        _json("CardAnswer") | _msgpack("[record, path, seal index, seal entry, seal path, checkpoint]"),
        Kind.UNKNOWN_CARD,
        Kind.NOT_PUBLISHED_YET,
        parameters=(_SERIAL,),
        description="As msgpack only the proof is given; a card younger than the checkpoint has none yet.",
    ),
    "/v1/cards/{serial}/trail": _get(
        "trail",
        "Whatever changed a card, or any card it came from",
        _json("Trail") | _msgpack("a canonical array of [index, entry]"),
        Kind.UNKNOWN_CARD,
        parameters=(_SERIAL,),
    ),
    "/v1/ledger": _get("ledger", "The ledger as a whole", _json("Ledger")),
    "/v1/totals": _get("totals", "The sums and the deposits", _json("Totals")),
    "/checkpoint": _get("checkpoint", "The latest checkpoint", _text(_NOTE), Kind.NOT_PUBLISHED_YET),
    "/log.vkey": _get(
        "vkey",
        "The log's verifier key, for convenience: get the one you rely on from somebody you trust",
        _text("example.com/log+deadbeef+AAAA\n"),
    ),
    "/tile/{level}/{n}": _get("tile", "A full tile", _TILE, Kind.UNKNOWN_TILE, parameters=(_LEVEL, _N)),
    "/tile/{level}/{n}.p/{width}": _get(
        "partialTile", "A partial tile", _TILE, Kind.UNKNOWN_TILE, parameters=(_LEVEL, _N, _WIDTH)
    ),
    "/tile/entries/{n}": _get("bundle", "A full bundle", _TILE, Kind.UNKNOWN_TILE, parameters=(_N,)),
    "/tile/entries/{n}.p/{width}": _get(
        "partialBundle", "A partial bundle", _TILE, Kind.UNKNOWN_TILE, parameters=(_N, _WIDTH)
    ),
    "/healthz": _get(
        "health",
        "Whether the node takes commands",
        _json("Health", {"status": "ok", "size": 3, "checkpoint_size": 3}),
        Kind.STOPPING,
        Kind.ENGINE_FAILED,
    ),
    "/metrics": _get("metrics", "Figures for Prometheus", _text("cardtrail_log_entries 3.0\n")),
}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Cardtrail node",
        "version": __version__,
        "description": (
            "A ledger of transferable gift cards. Commands are signed by their senders, answers verify against "
            "signed checkpoints; nobody needs to trust the node."
        ),
    },
    "servers": [{"url": "/"}],
    "paths": _PATHS,
    "components": {"schemas": SCHEMAS},
}
