"""`/v1/ledger` and `/v1/totals`: the ledger as a whole.

Both read one state object. The engine replaces it after each commit and never changes one, so that all that an answer
says is of the same moment, and durable.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardtrail.ledger.state import Deposit, State
from cardtrail.node.api import params
from cardtrail.node.api.answers import json_answer
from cardtrail.node.api.context import Context
from cardtrail.wire.money import Totals
from cardtrail.wire.products import BASIS_POINTS
from cardtrail.wire.views import to_json


def routes(context: Context) -> list[Route]:
    """The routes about the ledger as a whole."""
    vkey = context.node.publisher.vkey

    async def ledger(request: Request) -> Response:
        params.query(request)
        state = context.node.engine.state
        return json_answer(
            {
                "network": None if state.network is None else state.network.hex(),
                "origin": vkey.name,
                "vkey": vkey.encode(),
                "size": state.size,
                "time_ms": state.time_ms,
                "cards": state.card_count,
                "products": [to_json(state.products[number]) for number in sorted(state.products)],
                "authorities": [to_json(state.authorities[role]) for role in sorted(state.authorities)],
                "checkpoint_size": context.log.size,
            }
        )

    async def totals(request: Request) -> Response:
        params.query(request)
        return json_answer(totals_to_json(context.node.engine.state))

    return [Route("/v1/ledger", ledger), Route("/v1/totals", totals)]


def totals_to_json(state: State) -> dict[str, Any]:
    """The sums and deposits by currency."""
    return {
        "time_ms": state.time_ms,
        "size": state.size,
        "totals": [to_json(state.totals[currency]) for currency in sorted(state.totals)],
        "deposits": [
            {
                **to_json(deposit),
                "custody_ratio_bp": custody_ratio_bp(deposit, state.totals_of(deposit.currency)),
            }
            for _, deposit in sorted(state.deposits.items())
        ],
    }


def custody_ratio_bp(deposit: Deposit, totals: Totals) -> int | None:
    """The deposit as a share of what holders may spend, in basis points rounded down; none while that is nothing."""
    owed = totals.outstanding - totals.inactive
    return deposit.deposit_minor * BASIS_POINTS // owed if owed else None
