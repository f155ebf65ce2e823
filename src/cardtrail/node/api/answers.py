"""Making answers: canonical msgpack for programs that verify, JSON for people and scripts."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

MSGPACK = "application/msgpack"
JSON = "application/json"

# What is asked for decides the form, and what is answered may be another thing a moment later.
_VARYING = {"vary": "accept", "cache-control": "no-store"}
_FRESH = {"cache-control": "no-store"}


def wants_msgpack(request: Request) -> bool:
    """Whether the asker's Accept header names msgpack. Everybody else gets JSON."""
    return MSGPACK in request.headers.get("accept", "")


def json_answer(value: Any, *, varying: bool = False) -> Response:
    """JSON. `varying`: the same address also answers msgpack."""
    return Response(msgspec.json.encode(value), headers=_VARYING if varying else _FRESH, media_type=JSON)


def msgpack_answer(data: bytes) -> Response:
    """Canonical bytes."""
    return Response(data, headers=_VARYING, media_type=MSGPACK)
