"""`/v1/entries`, `/v1/entries/{index}/receipt` and `/v1/commands/{id}`: the log, read by place and by command."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cardtrail.merkle.proof_file import ProofFile
from cardtrail.node.api import params
from cardtrail.node.api.answers import json_answer, msgpack_answer, wants_msgpack
from cardtrail.node.api.context import Context
from cardtrail.node.api.entry_views import entries_to_json, page
from cardtrail.node.api.limits import DEFAULT_PAGE_ENTRIES, MAX_PAGE_ENTRIES
from cardtrail.node.api.problems import Kind, Problem
from cardtrail.wire.codec import encode
from cardtrail.wire.entries import ENTRY_CODEC
from cardtrail.wire.proofs import IndexedEntry


def routes(context: Context) -> list[Route]:
    """The routes about entries."""

    async def entries(request: Request) -> Response:
        query = params.query(request, "after", "limit")
        first = params.after(query.get("after", "-1")) + 1
        limit = params.page_size(query.get("limit", str(DEFAULT_PAGE_ENTRIES)), MAX_PAGE_ENTRIES)
        found = list(page(context.store.entries(first, first + limit), context.limits.page_bytes))
        if wants_msgpack(request):
            return msgpack_answer(encode([IndexedEntry(index, entry) for index, entry in found]))
        return json_answer(await entries_to_json(found), varying=True)

    async def receipt(request: Request) -> Response:
        params.query(request)
        index = params.natural(request.path_params["index"], "index")
        entry = context.store.entry(index)
        if entry is None:
            raise Problem(Kind.UNKNOWN_ENTRY)
        latest = context.log.latest()
        if latest is None or index >= latest.size:
            raise Problem(Kind.NOT_PUBLISHED_YET)
        text = ProofFile(entry, index, latest.path(index), latest.note).encode()
        return PlainTextResponse(text, headers={"cache-control": "no-store"})

    async def command(request: Request) -> Response:
        params.query(request)
        command_id = params.command_id(request.path_params["id"])
        index = context.store.index_of(command_id)
        entry = None if index is None else context.store.entry(index)
        if entry is None:
            raise Problem(Kind.UNKNOWN_COMMAND)
        time_ms = ENTRY_CODEC.trusted(entry).time_ms
        return json_answer({"status": "accepted", "id": command_id.hex(), "index": index, "time_ms": time_ms})

    return [
        Route("/v1/entries", entries),
        Route("/v1/entries/{index}/receipt", receipt),
        Route("/v1/commands/{id}", command),
    ]
