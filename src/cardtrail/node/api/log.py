"""`/checkpoint`, `/log.vkey` and `/tile/...`: the published log in the form of c2sp.org/tlog-tiles."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cardtrail.node.api import params
from cardtrail.node.api.context import Context
from cardtrail.node.api.problems import Kind, Problem

_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_NEVER = {"cache-control": "no-cache"}


def routes(context: Context) -> list[Route]:
    """The routes of the log."""

    async def checkpoint(request: Request) -> Response:
        params.query(request)
        latest = context.log.latest()
        if latest is None:
            raise Problem(Kind.NOT_PUBLISHED_YET)
        return PlainTextResponse(latest.note, headers=_NEVER)

    async def vkey(request: Request) -> Response:
        params.query(request)
        return PlainTextResponse(context.node.publisher.vkey.encode() + "\n", headers=_NEVER)

    async def tile(request: Request) -> Response:
        params.query(request)
        data = context.log.tiles.read("tile/" + request.path_params["name"])
        if data is None:
            raise Problem(Kind.UNKNOWN_TILE)
        return Response(data, headers=_FOREVER, media_type="application/octet-stream")

    return [
        Route("/checkpoint", checkpoint),
        Route("/log.vkey", vkey),
        Route("/tile/{name:path}", tile),
    ]
