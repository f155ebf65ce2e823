"""`/v1/cards/{serial}`: a card as it stands, proved by the latest checkpoint, and its trail."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardtrail.node.api import params
from cardtrail.node.api.answers import json_answer, msgpack_answer, wants_msgpack
from cardtrail.node.api.context import Context
from cardtrail.node.api.entry_views import entries_to_json
from cardtrail.node.api.problems import Kind, Problem
from cardtrail.node.api.trail import Trail
from cardtrail.wire.cards import CARD_CODEC
from cardtrail.wire.codec import encode
from cardtrail.wire.proofs import CardState, IndexedEntry
from cardtrail.wire.views import card_to_json

_STEPS_AT_ONCE = 100
"""Steps of a trail followed before other requests get their turn."""


def routes(context: Context) -> list[Route]:
    """The routes about cards."""

    async def card(request: Request) -> Response:
        params.query(request)
        serial = params.natural(request.path_params["serial"], "serial")
        if not wants_msgpack(request):
            return json_answer(await _card_to_json(context, serial), varying=True)
        state = await card_state(context, serial)
        if state is None:
            raise _younger_or_unknown(context, serial)
        return msgpack_answer(encode(state))

    async def trail(request: Request) -> Response:
        params.query(request)
        serial = params.natural(request.path_params["serial"], "serial")
        cards, entries = await _follow(context, serial)
        if wants_msgpack(request):
            return msgpack_answer(encode([IndexedEntry(index, entry) for index, entry in entries]))
        views = await entries_to_json(entries)
        return json_answer({"serial": serial, "cards": cards, "entries": views}, varying=True)

    return [Route("/v1/cards/{serial}", card), Route("/v1/cards/{serial}/trail", trail)]


async def card_state(context: Context, serial: int) -> CardState | None:
    """A card's record as the latest checkpoint's seal states it, with its proof; none if it is younger.

    A seal is committed an instant before its checkpoint is signed. From then on the register gives paths to the new
    seal's root, which nobody could verify yet; so the answer waits for that checkpoint. If a still newer one has come
    meanwhile, the path in hand is too old for it, and everything is read anew.
    """
    while True:
        sealed = context.node.engine.sealed_card(serial, context.store)
        if sealed is None:
            return None
        record, path, size = sealed
        await context.published(size)
        latest = context.log.latest()
        if latest is not None and latest.size == size:
            break
    entry = context.store.entry(size - 1)
    if entry is None:
        raise RuntimeError(f"entry {size - 1} is under a checkpoint but not in the store")
    return CardState(record, tuple(path), size - 1, entry, latest.path(size - 1), latest.note)


async def _card_to_json(context: Context, serial: int) -> dict[str, Any]:
    state = await card_state(context, serial)
    present = context.store.card(serial)
    if present is None:
        raise Problem(Kind.UNKNOWN_CARD)
    return {"card": card_to_json(present), "state": None if state is None else _state_to_json(state)}


def _state_to_json(state: CardState) -> dict[str, Any]:
    return {
        "card": card_to_json(CARD_CODEC.trusted(state.record)),
        "record": b64encode(state.record).decode(),
        "path": [b64encode(node).decode() for node in state.path],
        "seal_index": state.seal_index,
        "seal_entry": b64encode(state.seal_entry).decode(),
        "seal_path": [b64encode(node).decode() for node in state.seal_path],
        "checkpoint": state.checkpoint,
    }


def _younger_or_unknown(context: Context, serial: int) -> Problem:
    known = context.store.card_record(serial) is not None
    return Problem(Kind.NOT_PUBLISHED_YET if known else Kind.UNKNOWN_CARD)


async def _follow(context: Context, serial: int) -> tuple[list[int], list[tuple[int, bytes]]]:
    """The serials of a card and all it came from, and the entries that changed any of them, both ascending."""
    trail = Trail(context.store, serial)
    if not trail.known:
        raise Problem(Kind.UNKNOWN_CARD)
    while trail.follow(_STEPS_AT_ONCE):
        await asyncio.sleep(0)
    entries = []
    for place, index in enumerate(sorted(trail.entries), 1):
        entry = context.store.entry(index)
        if entry is None:
            raise RuntimeError(f"entry {index} changed card {serial} but is not in the store")
        entries.append((index, entry))
        if place % _STEPS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return sorted(trail.cards), entries
