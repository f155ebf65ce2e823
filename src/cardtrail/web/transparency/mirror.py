"""The public part of the log, passed on from the node: signed checkpoint, verifier key, hash tiles.

Tiles hold hashes alone. The entries themselves, in which balances stand, are for holders (their own), for the node's
operators and for auditors: a public copy would be a balance check for everybody (docs/decisions/0020).
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cardtrail.client.client import Client
from cardtrail.merkle.pyramid import TILE_WIDTH
from cardtrail.merkle.tiles import TileRef, parse_path
from cardtrail.web.ledger.link import LedgerAway, client

_YEAR = "public, max-age=31536000, immutable"
_NOW = "no-cache"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The latest signed checkpoint (c2sp.org/tlog-checkpoint), as the node publishes it."""
    return _passed_on("/checkpoint", "text/plain; charset=utf-8", _NOW)


@require_safe
def verifier_key(request: HttpRequest) -> HttpResponse:
    """The log's verifier key (c2sp.org/signed-note), as this application trusts it."""
    key = pinned_key()
    if key is None:
        raise Http404
    return HttpResponse(key + "\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": _NOW})


def pinned_key() -> str | None:
    """The verifier key that this application trusts; none before there is a ledger."""
    try:
        memory = client().memory
    except LedgerAway:
        return None
    return None if memory is None else memory.vkey.encode()


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile of hashes (c2sp.org/tlog-tiles)."""
    found = parse_path(f"tile/{path}")
    if not isinstance(found, TileRef):
        raise Http404
    caching = _YEAR if found.width == TILE_WIDTH else "public, max-age=60"
    return _passed_on(f"/tile/{path}", "application/octet-stream", caching)


def _passed_on(path: str, content_type: str, caching: str) -> HttpResponse:
    try:
        answer = _ask(client(), path)
    except LedgerAway:
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    if answer is None:
        raise Http404
    return HttpResponse(answer, content_type=content_type, headers={"Cache-Control": caching})


def _ask(ledger: Client, path: str) -> bytes | None:
    response = ledger.transport.request("GET", path)
    if response.status >= 500:
        raise LedgerAway(f"the node answered with status {response.status}")
    return response.body if response.status == 200 else None
